package report

import (
	"fmt"
	"strings"
)

// Observer names the way in which a run sees the storage operations of the service under test.
type Observer string

// The observers.
const (
	Gateway Observer = "gateway" // the service's requests to storage pass through it: it sees each operation as it happens
	Poller  Observer = "poller"  // lists storage repeatedly and infers operations, each within an interval of time
)

// Visibility describes which storage operations the observer of a run can see. The zero value stands for the gateway,
// which sees all of them. The other fields apply to a poller only. They describe the retention of the storage account.
// The run established it by deleting and overwriting a blob of its own.
type Visibility struct {
	Observer         Observer `json:"observer"`
	DeletedBlobs     bool     `json:"deletedBlobs"`     // a listing shows deleted blobs (soft delete)
	Versions         bool     `json:"versions"`         // a listing shows the versions of deleted blobs
	OverwrittenBlobs bool     `json:"overwrittenBlobs"` // a listing shows contents that were overwritten
}

// IsPolled reports whether storage operations are inferred by a poller.
func (v Visibility) IsPolled() bool { return v.Observer == Poller }

// RetainsBlobs reports whether a listing shows blobs after their deletion.
func (v Visibility) RetainsBlobs() bool { return v.DeletedBlobs || v.Versions }

// CanMissBlobs reports whether a blob can be created and deleted without being observed.
func (v Visibility) CanMissBlobs() bool { return v.IsPolled() && !v.RetainsBlobs() }

// Validate returns an error if the observer is unknown, or if retention is claimed for the gateway.
func (v Visibility) Validate() error {
	switch {
	case v == Visibility{}, v == Visibility{Observer: Gateway}, v.IsPolled():
		return nil
	case v.Observer == Gateway || v.Observer == "":
		return fmt.Errorf("observer %q with retained blobs (only observer %q has them)", v.Observer, Poller)
	}
	return fmt.Errorf("unknown observer %q (use %s or %s)", v.Observer, Gateway, Poller)
}

// String describes the visibility in words.
func (v Visibility) String() string {
	if !v.IsPolled() {
		return string(Gateway)
	}
	var kept []string
	for _, k := range []struct {
		is   bool
		name string
	}{{v.DeletedBlobs, "deleted blobs"}, {v.Versions, "versions"}, {v.OverwrittenBlobs, "overwritten blobs"}} {
		if k.is {
			kept = append(kept, k.name)
		}
	}
	if len(kept) == 0 {
		kept = []string{"no deleted blobs"}
	}
	return "poller (no gateway); the account keeps " + strings.Join(kept, ", ")
}
