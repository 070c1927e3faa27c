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
	// Sentence says what the faulty service does.
	Sentence string
	// Caught lists the requirements that have to catch it, in order of id; none
	// for a liberty.
	Caught []Catch
	// Shown says under which circumstances a judge sees it, and sees it soon.
	Shown Circumstances

	changes []change
}

// A Catch is a requirement that a defect breaks.
type Catch struct {
	// ID is the requirement's, such as CVSI-TRAIN-03.
	ID string
	// Why is a piece of the reason that it has to give.
	Why string
}

// Circumstances are what a judge arranges so that a defect shows. The zero value
// asks for nothing.
type Circumstances struct {
	// Beside lists requirements that have to be judged in the same run: the
	// defect needs other projects than those of the requirements that it breaks.
	Beside []string
	// InTurn has situations performed one after another, in the contract's order:
	// the defect needs what one of those before has made.
	InTurn bool
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

// flaw is one row of the catalogue.
func flaw(name, sentence string, caught catches, changes ...change) Defect {
	d := Defect{Name: name, Sentence: sentence, changes: changes}
	for _, id := range slices.Sorted(maps.Keys(caught)) {
		d.Caught = append(d.Caught, Catch{ID: id, Why: caught[id]})
	}
	return d
}

// nextTo has other requirements judged in the same run.
func (d Defect) nextTo(ids ...string) Defect { d.Shown.Beside = ids; return d }

// after has other requirements judged before, in the same run.
func (d Defect) after(ids ...string) Defect { d.Shown.Beside, d.Shown.InTurn = ids, true; return d }

// within sets a budget.
func (d Defect) within(budget string, limit time.Duration) Defect {
	budgets := map[string]time.Duration{budget: limit}
	maps.Copy(budgets, d.Shown.Budgets)
	d.Shown.Budgets = budgets
	return d
}

// read chooses a reading.
func (d Defect) read(name, value string) Defect {
	d.Shown.Readings = map[string]string{name: value}
	return d
}

// taking says how long work has to take.
func (d Defect) taking(training, export time.Duration) Defect {
	d.Shown.Training, d.Shown.Export = training, export
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
	all := append(All(), Liberties()...)
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
	all := append(All(), Liberties()...)
	slices.SortStableFunc(all, func(a, b Defect) int { return far(a) - far(b) })
	var names []string
	for _, d := range all[:3] {
		names = append(names, d.Name)
	}
	return names
}
