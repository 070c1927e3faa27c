package defect

import (
	"maps"
	"slices"
	"time"
)

// Defect is one fault of a service, or one of the [Variations]. The zero value changes nothing.
type Defect struct {
	// Name identifies the defect. It is in kebab case.
	Name string
	// Description is a sentence that describes the fault.
	Description string
	// Caught lists the requirements that must detect the defect, in order of their ids. It is empty for a variation.
	Caught []Catch
	// Conditions are necessary to observe the defect, and to observe it soon.
	Conditions Conditions

	changes []change
}

// Catch is a requirement that detects a defect.
type Catch struct {
	// ID is the id of the requirement, for example CVSI-TRAIN-03.
	ID string
	// ReasonContains is a part of the reason that the requirement must give.
	ReasonContains string
}

// Conditions describe a run that can observe a defect. The zero value is a normal run.
type Conditions struct {
	// AlsoSelect lists further requirements to judge in the same run, because the defect needs their projects.
	AlsoSelect []string
	// Sequential performs situations one after another in the order of the contract, because the defect needs the
	// projects of earlier ones.
	Sequential bool
	// Readings are the readings of the contract that the defect violates, by name.
	Readings map[string]string
	// Budgets are time limits that differ from the usual ones, by name. A delay is observed only if it exceeds one
	// limit, and if another lets the run wait for the late event.
	Budgets map[string]time.Duration
	// Training and Export are minimum durations of the work. 0 means any duration.
	Training, Export time.Duration
}

// catches maps the id of a requirement to a part of the reason that it must give.
type catches = map[string]string

// newDefect returns one entry of the catalogue.
func newDefect(name, description string, caught catches, changes ...change) Defect {
	d := Defect{Name: name, Description: description, changes: changes}
	for _, id := range slices.Sorted(maps.Keys(caught)) {
		d.Caught = append(d.Caught, Catch{ID: id, ReasonContains: caught[id]})
	}
	return d
}

// alsoSelect adds requirements to judge in the same run.
func (d Defect) alsoSelect(ids ...string) Defect { d.Conditions.AlsoSelect = ids; return d }

// sequentiallyAfter adds requirements to judge earlier in the same run.
func (d Defect) sequentiallyAfter(ids ...string) Defect {
	d.Conditions.AlsoSelect, d.Conditions.Sequential = ids, true
	return d
}

// withBudget sets a time limit.
func (d Defect) withBudget(budget string, limit time.Duration) Defect {
	budgets := map[string]time.Duration{budget: limit}
	maps.Copy(budgets, d.Conditions.Budgets)
	d.Conditions.Budgets = budgets
	return d
}

// withReading sets a reading.
func (d Defect) withReading(name, value string) Defect {
	d.Conditions.Readings = map[string]string{name: value}
	return d
}

// withWorkTime sets the minimum durations of a training and an export.
func (d Defect) withWorkTime(training, export time.Duration) Defect {
	d.Conditions.Training, d.Conditions.Export = training, export
	return d
}
