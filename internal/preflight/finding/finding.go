package finding

import (
	"fmt"
	"strings"

	"github.com/cvconform/cvconform/internal/textfmt"
)

// State is the result of a check.
type State string

// The states.
const (
	OK      State = "ok"
	Warning State = "warning" // the service can be judged nevertheless
	Failed  State = "failed"
)

// Fault is the probable cause of a problem.
type Fault string

// The faults.
const (
	Configuration Fault = "the configuration"
	Network       Fault = "the network"
	Service       Fault = "the service"
	Azure         Fault = "the set-up in Azure"
)

// The checks, in the order in which they are performed.
const (
	Storage       = "storage"  // the harness can connect to it
	Endpoint      = "endpoint" // it responds
	Key           = "key"      // the service accepts it
	Version       = "version"  // the service has this version of the API
	Domains       = "domains"  // one of them can be exported
	Projects      = "projects" // they can be listed
	StorageAccess = "reach"    // the service can connect to the storage
)

// A Finding is the result of one check, with an explanation.
type Finding struct {
	Check    string
	State    State
	Observed string // the observation; lines after the first may quote the service's output
	Fault    Fault  // "" if there is no problem
	Remedy   string // how to fix the problem; may have several lines
}

// Lines returns the finding as lines for a terminal: state, check and observation, then
// the probable fault and the remedy.
func (f Finding) Lines() []string {
	text := f.Observed
	if f.Fault != "" {
		text += "\nlooks like: " + string(f.Fault)
	}
	if f.Remedy != "" {
		text += "\n" + strings.TrimRight(f.Remedy, "\n")
	}
	return strings.Split(textfmt.HangingIndent(fmt.Sprintf("%-8s %-10s ", f.State, f.Check), text), "\n")
}

// AnyFailed returns the first finding that failed.
func AnyFailed(all []Finding) (Finding, bool) {
	for _, f := range all {
		if f.State == Failed {
			return f, true
		}
	}
	return Finding{}, false
}

func ok(check, format string, args ...any) Finding {
	return Finding{Check: check, State: OK, Observed: fmt.Sprintf(format, args...)}
}

func failed(check string, fault Fault, remedy, format string, args ...any) Finding {
	return Finding{Check: check, State: Failed, Observed: fmt.Sprintf(format, args...), Fault: fault, Remedy: remedy}
}
