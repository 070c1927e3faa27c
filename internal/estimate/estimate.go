package estimate

import (
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/trainingapi/dataset"
	"github.com/cvconform/cvconform/steps/report"
)

// Schema names the version of a forecast's JSON form.
const Schema = "cvconform/plan/v1"

// A Forecast estimates the things that a run will create, and its duration.
type Forecast struct {
	Schema     string   `json:"schema"`
	Target     string   `json:"target"`
	APIVersion string   `json:"apiVersion"`
	Profile    string   `json:"profile"`
	Tier       string   `json:"tier,omitempty"`
	Platforms  []string `json:"platforms"` // to which models are exported
	// UnknownReason is why the platforms are not known, so that all are listed; "" if they are known.
	UnknownReason string         `json:"unknown,omitempty"`
	Situations    []string       `json:"situations"`      // keys, in the order in which they are planned
	MaxProjects   int            `json:"projectsAtATime"` // at most
	Created       report.Created `json:"created"`
	// Probe reports whether a further project, with a queue and a container, is created before the situations, to
	// check that the service reaches the storage.
	Probe       bool              `json:"probe,omitempty"`
	ImageBytes  int64             `json:"imageBytes"`          // of all images together
	Calls       int               `json:"calls"`               // of the Training API, without polls
	Polls       int               `json:"polls"`               // of trainings and exports, about
	Minutes     float64           `json:"minutes"`             // duration of the situations, about
	Hours       float64           `json:"trainingHours"`       // of all trainings together, about
	HoursAtMost float64           `json:"trainingHoursAtMost"` // by the budget training
	Parallel    int               `json:"parallel"`            // situations at a time
	Assumed     map[string]string `json:"assumed"`             // durations that the estimates are based on, by name
}

// Assumptions are the durations and settings that a forecast is based on. All but
// ProjectSlots and Rate are required.
type Assumptions struct {
	Training     time.Duration // of one training
	Export       time.Duration // of one export
	Call         time.Duration // of one call of the Training API
	Poll         time.Duration // between two polls
	Parallel     int           // situations at a time
	ProjectSlots int           // projects at a time; 0 means any number
	Rate         float64       // calls per second; 0 means no limit
}

func (a Assumptions) named() map[string]string {
	return map[string]string{
		"training": formatDuration(a.Training),
		"export":   formatDuration(a.Export),
		"call":     formatDuration(a.Call),
		"poll":     formatDuration(a.Poll),
	}
}

// formatDuration formats a duration, without the seconds of full minutes: 10m.
func formatDuration(d time.Duration) string {
	if s, ok := strings.CutSuffix(d.String(), "m0s"); ok {
		return s + "m"
	}
	return d.String()
}

// New returns the forecast of a run that performs these act trees.
func New(trees []*situation.ActTree, a Assumptions, budgets budget.Set) (Forecast, error) {
	f := Forecast{Schema: Schema, Situations: []string{}, Platforms: []string{}, Parallel: a.Parallel, Assumed: a.named()}
	var work []job
	for _, l := range trees {
		c := treeCost{a: a, absence: budgets[budget.Absence], exclusive: l.Exclusive}
		c.walk(l.Root, false)
		c.end()
		f.Situations = append(f.Situations, l.Key)
		f.add(c)
		work = append(work, job{duration: c.duration, window: c.window, projects: l.Projects(), exclusive: l.Exclusive})
	}
	took, most := schedule(work, a.Parallel, a.ProjectSlots)
	if a.Rate > 0 {
		took = max(took, time.Duration(float64(f.Calls+f.Polls)/a.Rate*float64(time.Second)))
	}
	f.Minutes, f.MaxProjects = took.Minutes(), most
	f.Hours = (time.Duration(f.Created.Trainings) * a.Training).Hours()
	f.HoursAtMost = (time.Duration(f.Created.Trainings) * budgets[budget.Training]).Hours()
	if f.Created.Images == 0 {
		return f, nil
	}
	size, err := datasetSize()
	f.ImageBytes = int64(f.Created.Images/(dataset.Tags*dataset.ImagesPerTag)) * size
	return f, err
}

func (f *Forecast) add(c treeCost) {
	f.Calls += c.calls
	f.Polls += c.polls
	f.Created = sum(f.Created, c.made)
}

// datasetSize returns the size of the images of one project, in bytes.
func datasetSize() (size int64, err error) {
	for tag := range dataset.Tags {
		images, err := dataset.Images(tag)
		if err != nil {
			return 0, err
		}
		for _, p := range images {
			size += int64(len(p.Bytes))
		}
	}
	return size, nil
}

func sum(a, b report.Created) report.Created {
	return report.Created{
		Projects:   a.Projects + b.Projects,
		Attempts:   a.Attempts + b.Attempts,
		Updates:    a.Updates + b.Updates,
		Tags:       a.Tags + b.Tags,
		Images:     a.Images + b.Images,
		Trainings:  a.Trainings + b.Trainings,
		Exports:    a.Exports + b.Exports,
		Queues:     a.Queues + b.Queues,
		Containers: a.Containers + b.Containers,
	}
}
