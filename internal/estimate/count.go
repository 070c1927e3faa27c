package estimate

import (
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/dataset"
	"github.com/cvconform/cvconform/steps/report"
)

// attempt is the project label of an attempt's calls.
const attempt = "attempt"

// Count counts the things that act trees created, by their events. A refused call
// creates nothing. A call without a response counts, because the service may have
// performed it.
func Count(trees ...[]evidence.Event) report.Created {
	var m report.Created
	for _, events := range trees {
		for _, e := range events {
			switch {
			case e.Kind == evidence.KindResource && e.Resource.Service == evidence.Queue:
				m.Queues++
			case e.Kind == evidence.KindResource:
				m.Containers++
			case e.Kind == evidence.KindExchange && e.Project == attempt && e.Exchange.Call == "CreateProject":
				m.Attempts++
			case e.Kind == evidence.KindExchange && created(*e.Exchange):
				addCall(&m, e.Exchange.Call)
			}
		}
	}
	return m
}

func created(x evidence.Exchange) bool { return x.Status == 0 || trainingapi.Succeeded(x) }

// addCall adds the things that one call creates.
func addCall(m *report.Created, call string) {
	switch call {
	case "CreateProject":
		m.Projects++
	case "UpdateProject":
		m.Updates++
	case "CreateTag":
		m.Tags++
	case "CreateImagesFromFiles":
		m.Images += dataset.Tags * dataset.ImagesPerTag
	case "CreateImagesFromData":
		m.Images += dataset.ImagesPerTag
	case "TrainProject":
		m.Trainings++
	case "ExportIteration":
		m.Exports++
	}
}
