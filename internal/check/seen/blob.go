package seen

import (
	"fmt"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/evidence"
)

// A Blob is a blob that is missing in a container: the first one for which Is reports true.
type Blob struct {
	Name      string // in an explanation, such as "the backup"
	Container string
	Project   string            // id; "" if the name of the blob has none
	Is        func(string) bool // reports whether a name is that of the blob
	Since     time.Time         // when the service was called that has to store it
}

// InsteadOfBlob returns what the evidence shows instead of a blob: what the service did
// with it. It returns "" if it shows nothing.
func InsteadOfBlob(events []evidence.Event, b Blob) (string, []evidence.Event) {
	return firstExplanation(b.removed(events), b.uncommitted(events), b.refused(events), b.elsewhere(events))
}

// own returns the operations on the blob in its container.
func (b Blob) own(events []evidence.Event) []evidence.Event {
	var out []evidence.Event
	for _, e := range operations(events, b.Since) {
		if op := e.Operation; op.Service == evidence.Blob && op.Resource == b.Container && b.Is(op.Object) {
			out = append(out, e)
		}
	}
	return out
}

// removed explains a blob that was stored and removed.
func (b Blob) removed(events []evidence.Event) explanation {
	var put evidence.Event
	for _, e := range b.own(events) {
		op := e.Operation
		switch {
		case !op.Succeeded():
		case op.Writes() && effect.MakesVisible(*op):
			put = e
		case op.Name == "DeleteBlob" && put.Operation != nil:
			return explanation{
				fmt.Sprintf("the service stored %s and deleted it itself %s later (DeleteBlob)", b.Name, after(put, e)),
				[]evidence.Event{put, e},
			}
		}
	}
	for _, e := range operations(events, b.Since) {
		op := e.Operation
		if op.Name == "DeleteContainer" && op.Resource == b.Container && op.Succeeded() {
			return explanation{"the service deleted the container (DeleteContainer)", []evidence.Event{e}}
		}
	}
	return explanation{}
}

// uncommitted explains a blob whose blocks were put and not committed.
func (b Blob) uncommitted(events []evidence.Event) explanation {
	var blocks []evidence.Event
	for _, e := range b.own(events) {
		switch op := e.Operation; {
		case !op.Succeeded():
		case op.Name == "PutBlock" || op.Name == "PutBlockFromURL":
			blocks = append(blocks, e)
		case op.Name == "PutBlockList":
			return explanation{}
		}
	}
	if len(blocks) == 0 {
		return explanation{}
	}
	return explanation{
		fmt.Sprintf("the service never committed its blocks (%d PutBlock, no PutBlockList) of blob %q",
			len(blocks), blocks[0].Operation.Object),
		blocks,
	}
}

// refused explains a blob that the container did not take.
func (b Blob) refused(events []evidence.Event) explanation {
	for _, e := range b.own(events) {
		if op := e.Operation; op.Writes() && !op.Succeeded() && !op.Denied {
			return explanation{
				fmt.Sprintf("the service sent %s (%s), but %s", b.Name, op.Name, result(*op)),
				[]evidence.Event{e},
			}
		}
	}
	return explanation{}
}

// elsewhere explains a blob of the project that was stored in another container.
func (b Blob) elsewhere(events []evidence.Event) explanation {
	for _, e := range operations(events, b.Since) {
		op := e.Operation
		if op.Service != evidence.Blob || op.Resource == b.Container || !op.Writes() || op.Denied || !b.mayBe(op.Object) {
			continue
		}
		text := fmt.Sprintf("the service sent %s as %q to %s", b.Name, op.Object,
			describeResource(events, evidence.Blob, op.Resource, b.Container))
		if !op.Succeeded() {
			text += "; " + result(*op)
		}
		return explanation{text, []evidence.Event{e}}
	}
	return explanation{}
}

// mayBe reports whether a blob in another container may be meant: it has the name, or that of the project.
func (b Blob) mayBe(name string) bool {
	return b.Is(name) || b.Project != "" && strings.Contains(strings.ToLower(name), strings.ToLower(b.Project))
}
