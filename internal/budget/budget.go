// Package budget names the time limits of a run. Every wait of the harness has
// one; the guide itself sets no limit. Budgets are data: the package waits for
// nothing.
package budget

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

// The budgets, by what they bound.
const (
	Ready          = "ready"           // start of the service under test until it answers
	Request        = "request"         // one try of a call of the Training API
	ConnectionTest = "connection-test" // answer of a create or update until its ConnectionTest message and test blob are stored
	TestBlob       = "test-blob"       // test blob stored until it is gone
	Training       = "training"        // answer of TrainProject until the iteration is over
	Export         = "export"          // answer of ExportIteration until the export is over
	Notification   = "notification"    // training or export over until its message is stored
	Backup         = "backup"          // export over until its backup is stored
	StatusLag      = "status-lag"      // message stored until the status that it announces is shown
	Absence        = "absence"         // how long nothing may come before nothing is taken to come
)

// Set holds a duration for every budget.
type Set map[string]time.Duration

// Local is the preset for a service on this machine.
func Local() Set {
	return Set{
		Ready: 20 * time.Second, Request: 10 * time.Second, ConnectionTest: 3 * time.Second, TestBlob: 3 * time.Second,
		Training: 20 * time.Second, Export: 20 * time.Second, Notification: 3 * time.Second, Backup: 3 * time.Second,
		StatusLag: time.Second, Absence: 250 * time.Millisecond,
	}
}

// Cloud is the preset for a service elsewhere, the real one included.
func Cloud() Set {
	return Set{
		Ready: time.Minute, Request: time.Minute, ConnectionTest: time.Minute, TestBlob: 2 * time.Minute,
		Training: 30 * time.Minute, Export: 10 * time.Minute, Notification: 2 * time.Minute, Backup: 2 * time.Minute,
		StatusLag: 30 * time.Second, Absence: time.Minute,
	}
}

// Names lists all budgets in alphabetical order.
func Names() []string {
	var names []string
	for n := range Local() {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// With returns a copy of s with the given budgets replaced. An unknown name and
// a duration that is not positive are errors.
func (s Set) With(overrides map[string]time.Duration) (Set, error) {
	out := Set{}
	for n, d := range s {
		out[n] = d
	}
	for n, d := range overrides {
		if _, ok := out[n]; !ok {
			return nil, fmt.Errorf("no budget %q: there are %s", n, strings.Join(Names(), ", "))
		}
		if d <= 0 {
			return nil, fmt.Errorf("budget %s: %s is not a positive duration", n, d)
		}
		out[n] = d
	}
	return out, nil
}
