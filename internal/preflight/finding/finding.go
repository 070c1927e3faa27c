package finding

import (
	"fmt"
	"strings"

	"github.com/cvconform/cvconform/internal/textfmt"
)

// State is how a check came out.
type State string

// The states.
const (
	OK      State = "ok"
	Warning State = "warning" // it can be judged all the same
	Failed  State = "failed"
)

// Fault is whose fault something looks like.
type Fault string

// The faults.
const (
	CommandLine Fault = "the command line"
	Network     Fault = "the network"
	Service     Fault = "the service"
	Azure       Fault = "the set-up in Azure"
)

// The checks, in the order in which they are made.
const (
	Storage       = "storage"  // the harness reaches it
	Endpoint      = "endpoint" // it answers
	Key           = "key"      // it is accepted
	Version       = "version"  // of the API, it is served
	Domains       = "domains"  // one of them exports
	Projects      = "projects" // they can be listed
	StorageAccess = "reach"    // the service reaches the storage
)

// A Finding is what one check found.
type Finding struct {
	Check    string
	State    State
	Observed string // the first line says it; more may quote what a service printed
	Fault    Fault  // "" where all is well
	Remedy   string // the way out; it may have several lines
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

func failed(check string, fault Fault, do, format string, args ...any) Finding {
	return Finding{Check: check, State: Failed, Observed: fmt.Sprintf(format, args...), Fault: fault, Remedy: do}
}
