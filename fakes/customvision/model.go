package customvision

import (
	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/internal/trainedmodel"
)

// model predicts tags of images. It is created with the lock held and used without it.
type model struct {
	*trainedmodel.Model
	tags []*tag
}

// model returns the model of an iteration. It learns from the tags of images, or in detection from the tags of
// regions.
func (i *iteration) model() model {
	tagIndexes := map[uuid.UUID]int{}
	for n, t := range i.trainingData.tags {
		tagIndexes[t.id] = n
	}
	examples := []trainedmodel.Example{}
	for _, img := range i.trainingData.images {
		if labels := img.labels(tagIndexes, i.kind()); len(labels) > 0 {
			examples = append(examples, trainedmodel.Example{Image: img.digest, Labels: labels})
		}
	}
	return model{trainedmodel.NewModel(i.kind(), i.tagNames(), examples), i.trainingData.tags}
}

func (i *iteration) kind() trainedmodel.Kind {
	switch {
	case i.domain.Type == objectDetection:
		return trainedmodel.Detection
	case *orEmpty(i.classifier) == "Multiclass":
		return trainedmodel.Multiclass
	}
	return trainedmodel.Multilabel
}

func (i *image) labels(tagIndexes map[uuid.UUID]int, kind trainedmodel.Kind) []trainedmodel.Label {
	labels := []trainedmodel.Label{}
	if kind != trainedmodel.Detection {
		for _, item := range i.tags {
			labels = append(labels, trainedmodel.Label{Tag: tagIndexes[item.tag]})
		}
		return labels
	}
	for _, item := range i.regions {
		box := trainedmodel.Box{
			Left:   float64(item.box.Left),
			Top:    float64(item.box.Top),
			Width:  float64(item.box.Width),
			Height: float64(item.box.Height),
		}
		labels = append(labels, trainedmodel.Label{Tag: tagIndexes[item.tag], Box: box})
	}
	return labels
}

func (m model) documents(predictions []trainedmodel.Prediction) []predictionDocument {
	documents := make([]predictionDocument, len(predictions))
	for n, p := range predictions {
		t := m.tags[p.Tag]
		documents[n] = predictionDocument{Probability: number(p.Probability), TagID: t.id, TagName: t.name, TagType: t.kind}
		if p.Box != (trainedmodel.Box{}) {
			box := wireBox(p.Box)
			documents[n].BoundingBox = &box
		}
	}
	return documents
}

func wireBox(b trainedmodel.Box) boundingBox {
	return boundingBox{Left: float32(b.Left), Top: float32(b.Top), Width: float32(b.Width), Height: float32(b.Height)}
}
