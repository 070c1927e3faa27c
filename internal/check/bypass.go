package check

import (
	"slices"

	"github.com/cvconform/cvconform/internal/evidence"
)

// GatewayBypassed reports whether a lineage, of a run with the gateway, holds a message or a blob whose storage the
// gateway did not observe. The service then reaches storage by another way, and some operations are not observed. What
// storage stored without a response to the gateway is observed.
func GatewayBypassed(lineage []evidence.Event) bool {
	c := &Case{Events: lineage}
	for _, e := range lineage {
		if e.Kind == evidence.KindOperation && isStorageFault(*e.Operation) && e.Operation.Status == 0 {
			c = accepting(c, e)
		}
	}
	if slices.ContainsFunc(c.allMessages(), func(m message) bool { return !m.observed() }) {
		return true
	}
	written := map[string]bool{}
	for _, e := range writes(c.events(evidence.KindOperation)) {
		written[e.Operation.Resource+"/"+e.Operation.Object] = true
	}
	for _, e := range c.events(evidence.KindBlob) {
		if !written[e.Blob.Container+"/"+e.Blob.Name] {
			return true
		}
	}
	return false
}
