package check

import "github.com/cvconform/cvconform/internal/evidence"

// GatewayBypassed says whether a lineage holds a message or a blob that the gateway
// saw nobody store: the service reaches its storage by another way, and what
// only the gateway can see was seen by nobody.
func GatewayBypassed(lineage []evidence.Event) bool {
	c := &Case{Events: lineage}
	for _, m := range c.messages() {
		if m.stored.Seq == 0 {
			return true
		}
	}
	written := map[string]bool{}
	for _, e := range c.writes(c.events(evidence.KindOperation)) {
		written[e.Operation.Resource+"/"+e.Operation.Object] = true
	}
	for _, e := range c.events(evidence.KindBlob) {
		if !written[e.Blob.Container+"/"+e.Blob.Name] {
			return true
		}
	}
	return false
}

// bypassProblem is the problem of a check that needs the gateway's word, in a run
// whose service goes around it; nil in any other run.
func (c *Case) bypassProblem(want string) *Problem {
	if !c.GatewayBypassed {
		return nil
	}
	const got = "nobody could see it: the service reaches its storage around the gateway"
	return &Problem{Kind: Inconclusive, Summary: got, Want: want, Got: got}
}
