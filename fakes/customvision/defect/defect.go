package defect

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
)

// A Defect is one way to break the contract, or, among [Liberties], one way not
// to. The zero Defect changes nothing.
type Defect struct {
	// Name is what it is called by, in kebab case.
	Name string
	// Description says what the faulty service does.
	Description string
	// Caught lists the requirements that have to catch it, in order of id; none
	// for a liberty.
	Caught []Catch
	// Conditions says under which circumstances a judge sees it, and sees it soon.
	Conditions Conditions

	changes []change
}

// A Catch is a requirement that a defect breaks.
type Catch struct {
	// ID is the requirement's, such as CVSI-TRAIN-03.
	ID string
	// ReasonContains is a piece of the reason that it has to give.
	ReasonContains string
}

// Conditions are what a judge arranges so that a defect shows. The zero value
// asks for nothing.
type Conditions struct {
	// AlsoSelect lists requirements that have to be judged in the same run: the
	// defect needs other projects than those of the requirements that it breaks.
	AlsoSelect []string
	// Sequential has situations performed one after another, in the contract's order:
	// the defect needs what one of those before has made.
	Sequential bool
	// Readings are choices between meanings of the contract, by name.
	Readings map[string]string
	// Budgets are shorter or longer time limits than usual, by name: what is late
	// is so by a limit, and what comes late is seen by who waits for it.
	Budgets map[string]time.Duration
	// Training and Export are how long work has to take at least. 0 means any time.
	Training, Export time.Duration
}

// catches is a piece of the reason by requirement.
type catches = map[string]string

// newDefect is one row of the catalogue.
func newDefect(name, sentence string, caught catches, changes ...change) Defect {
	d := Defect{Name: name, Description: sentence, changes: changes}
	for _, id := range slices.Sorted(maps.Keys(caught)) {
		d.Caught = append(d.Caught, Catch{ID: id, ReasonContains: caught[id]})
	}
	return d
}

// nextTo has other requirements judged in the same run.
func (d Defect) nextTo(ids ...string) Defect { d.Conditions.AlsoSelect = ids; return d }

// after has other requirements judged before, in the same run.
func (d Defect) after(ids ...string) Defect {
	d.Conditions.AlsoSelect, d.Conditions.Sequential = ids, true
	return d
}

// within sets a budget.
func (d Defect) within(budget string, limit time.Duration) Defect {
	budgets := map[string]time.Duration{budget: limit}
	maps.Copy(budgets, d.Conditions.Budgets)
	d.Conditions.Budgets = budgets
	return d
}

// read chooses a reading.
func (d Defect) read(name, value string) Defect {
	d.Conditions.Readings = map[string]string{name: value}
	return d
}

// taking says how long work has to take.
func (d Defect) taking(training, export time.Duration) Defect {
	d.Conditions.Training, d.Conditions.Export = training, export
	return d
}

// All lists the defects by capability: the whole catalogue.
func All() []Defect {
	return slices.Concat(createDefects(), updateDefects(), connectDefects(), trainDefects(),
		backupDefects(), exportDefects(), messageDefects(), accessDefects())
}

// Choose returns the defects and liberties of these names, in that order. The
// error is an [*UnknownError].
func Choose(names ...string) ([]Defect, error) {
	all := append(All(), Variations()...)
	var chosen []Defect
	for _, name := range names {
		i := slices.IndexFunc(all, func(d Defect) bool { return d.Name == name })
		if i < 0 {
			return nil, &UnknownError{Name: name}
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// UnknownError says that there is no defect of that name.
type UnknownError struct {
	Name string
}

// Error names the nearest that there are.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("no defect %q; the nearest: %s", e.Name, strings.Join(Nearest(e.Name), ", "))
}

// Nearest lists the three names of the catalogue that are closest to what was
// written, the closest first.
func Nearest(name string) []string {
	far := func(d Defect) int { return levenshtein.ComputeDistance(d.Name, strings.ToLower(name)) }
	all := append(All(), Variations()...)
	slices.SortStableFunc(all, func(a, b Defect) int { return far(a) - far(b) })
	var names []string
	for _, d := range all[:3] {
		names = append(names, d.Name)
	}
	return names
}
