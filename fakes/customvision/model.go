package customvision

import (
	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/internal/trainedmodel"
)

// model is what can be asked of an iteration. It is made under the lock, and
// asked without it.
type model struct {
	*trainedmodel.Model
	tags []*tag
}

// model takes from the iteration what it was trained from: tags of images, or,
// for detection, of their regions.
func (i *iteration) model() model {
	places := map[uuid.UUID]int{}
	for n, t := range i.trainingData.tags {
		places[t.id] = n
	}
	examples := []trainedmodel.Example{}
	for _, img := range i.trainingData.images {
		if labels := img.labels(places, i.kind()); len(labels) > 0 {
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

func (i *image) labels(places map[uuid.UUID]int, kind trainedmodel.Kind) []trainedmodel.Label {
	labels := []trainedmodel.Label{}
	if kind != trainedmodel.Detection {
		for _, on := range i.tags {
			labels = append(labels, trainedmodel.Label{Tag: places[on.tag]})
		}
		return labels
	}
	for _, on := range i.regions {
		box := trainedmodel.Box{
			Left:   float64(on.box.Left),
			Top:    float64(on.box.Top),
			Width:  float64(on.box.Width),
			Height: float64(on.box.Height),
		}
		labels = append(labels, trainedmodel.Label{Tag: places[on.tag], Box: box})
	}
	return labels
}

func (m model) documents(answers []trainedmodel.Prediction) []predictionDocument {
	documents := make([]predictionDocument, len(answers))
	for n, a := range answers {
		t := m.tags[a.Tag]
		documents[n] = predictionDocument{Probability: number(a.Probability), TagID: t.id, TagName: t.name, TagType: t.kind}
		if a.Box != (trainedmodel.Box{}) {
			box := wireBox(a.Box)
			documents[n].BoundingBox = &box
		}
	}
	return documents
}

func wireBox(b trainedmodel.Box) boundingBox {
	return boundingBox{Left: float32(b.Left), Top: float32(b.Top), Width: float32(b.Width), Height: float32(b.Height)}
}
