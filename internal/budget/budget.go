// Package budget defines the time limits of a run. Every wait of the harness has one; the guide sets no limit.
// Budgets are data: the package waits for nothing. Stop extending it where a limit would depend on an observation.
package budget

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// The budgets.
const (
	Ready          = "ready"           // from the start of the service under test to its first response
	Request        = "request"         // of one attempt of a call of the Training API
	ConnectionTest = "connection-test" // from the response to a create or update to its message and test blob
	TestBlob       = "test-blob"       // from the creation of the test blob to its deletion
	Training       = "training"        // from the response of TrainProject to the final status of the iteration
	Export         = "export"          // from the response of ExportIteration to the final status of the export
	Notification   = "notification"    // from the final status of a training or export to its message
	Backup         = "backup"          // from the final status of an export to its backup
	StatusLag      = "status-lag"      // from a message to the status that it announces
	Absence        = "absence"         // from the end of an act to the end of the observation of its effects
)

// Set maps every budget to its duration.
type Set map[string]time.Duration

// Local returns the preset for a service on this machine.
func Local() Set {
	return Set{
		Ready: 20 * time.Second, Request: 10 * time.Second, ConnectionTest: 3 * time.Second, TestBlob: 3 * time.Second,
		Training: 20 * time.Second, Export: 20 * time.Second, Notification: 3 * time.Second, Backup: 3 * time.Second,
		StatusLag: time.Second, Absence: 2250 * time.Millisecond,
	}
}

// Cloud returns the preset for a service elsewhere, such as the real one.
func Cloud() Set {
	return Set{
		Ready: time.Minute, Request: time.Minute, ConnectionTest: time.Minute, TestBlob: 2 * time.Minute,
		Training: 30 * time.Minute, Export: 10 * time.Minute, Notification: 2 * time.Minute, Backup: 2 * time.Minute,
		StatusLag: 30 * time.Second, Absence: time.Minute,
	}
}

// Names lists the budgets in alphabetical order.
func Names() []string { return slices.Sorted(maps.Keys(Local())) }

// With returns a copy of s with some budgets replaced. Unknown names and durations that are not positive are errors.
func (s Set) With(overrides map[string]time.Duration) (Set, error) {
	out := maps.Clone(s)
	for name, d := range overrides {
		if _, ok := out[name]; !ok {
			return nil, fmt.Errorf("unknown budget %q (use %s)", name, strings.Join(Names(), ", "))
		}
		if d <= 0 {
			return nil, fmt.Errorf("budget %s: %s is not a positive duration", name, d)
		}
		out[name] = d
	}
	return out, nil
}
