package customvision

import (
	"strings"
	"time"
)

// Default durations of work; see [Options].
const (
	DefaultTrainingDuration = 100 * time.Millisecond
	DefaultExportDuration   = 50 * time.Millisecond
	DefaultImportDuration   = 50 * time.Millisecond
)

// Durations holds how long work takes on the server's clock. With 0, work completes immediately.
type Durations struct {
	// Training is the time from TrainProject to completion.
	Training time.Duration
	// Export is the time from ExportIteration to completion.
	Export time.Duration
	// Import is the time from ImportProject to completion.
	Import time.Duration
}

// workDurations holds the default durations, and those of individual projects by their id or lower-case name.
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
func (w workDurations) of(project *project) Durations {
	for _, key := range []string{project.id.String(), strings.ToLower(project.name)} {
		if d, ok := w.byProject[key]; ok {
			return d
		}
	}
	return w.defaults
}
