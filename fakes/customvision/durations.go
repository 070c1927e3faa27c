package customvision

import (
	"strings"
	"time"
)

// How long work takes when [Options] does not say.
const (
	DefaultTrainingDuration = 100 * time.Millisecond
	DefaultExportDuration   = 50 * time.Millisecond
	DefaultImportDuration   = 50 * time.Millisecond
)

// Durations are how long work takes on the server's clock. 0 is at once.
type Durations struct {
	// Training is the time from TrainProject to completion.
	Training time.Duration
	// Export is the time from ExportIteration to completion.
	Export time.Duration
	// Import is the time from ImportProject to completion.
	Import time.Duration
}

// workDurations holds the durations: those of projects that have their own, by id or
// name in lower case, and the others'.
type workDurations struct {
	defaults  Durations
	byProject map[string]Durations
}

func (o Options) workDurations() workDurations {
	d := Durations{Training: o.TrainingDuration, Export: o.ExportDuration, Import: o.ImportDuration}
	if d.Training == 0 {
		d.Training = DefaultTrainingDuration
	}
	if d.Export == 0 {
		d.Export = DefaultExportDuration
	}
	if d.Import == 0 {
		d.Import = DefaultImportDuration
	}
	return workDurations{defaults: d, byProject: map[string]Durations{}}
}

// of returns the durations of a project.
func (p workDurations) of(project *project) Durations {
	for _, address := range []string{project.id.String(), strings.ToLower(project.name)} {
		if d, ok := p.byProject[address]; ok {
			return d
		}
	}
	return p.defaults
}
