package perform

import (
	"context"
	"fmt"
	"sync"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/naming"
)

// A namer invents unique names for one act tree.
type namer struct {
	runID  string
	number int // of the tree

	mu    sync.Mutex
	count int
}

func (n *namer) next() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.count++
	return n.count
}

func (n *namer) queue() string     { return naming.Queue(n.runID, n.number, n.next()) }
func (n *namer) container() string { return naming.Container(n.runID, n.number, n.next()) }
func (n *namer) attempt() string   { return naming.Attempt(n.runID, n.number, n.next()) }

// newResourceName returns the name of a new queue or container, and its URI as the service under test has to use it.
func (p *execution) newResourceName(s evidence.Service) (name, uri string) {
	if s == evidence.Queue {
		name = p.names.queue()
		return name, p.Account.QueueURI(p.Observer.QueueURL(), name)
	}
	name = p.names.container()
	return name, p.Account.ContainerURI(p.Observer.BlobURL(), name)
}

// createResource creates and records a queue or a container.
func (p *execution) createResource(
	ctx context.Context,
	s evidence.Service,
	role string,
	label string,
) (name, uri string, err error) {
	name, uri = p.newResourceName(s)
	if s == evidence.Queue {
		err = p.Account.CreateQueue(ctx, name)
	} else {
		err = p.Account.CreateContainer(ctx, name)
	}
	if err != nil {
		return "", "", fmt.Errorf("create a %s for the run: %w", s, err)
	}
	if err := p.Observer.Track(ctx, s, name); err != nil {
		return "", "", err
	}
	r := evidence.Resource{Service: s, Name: name, URI: uri, Role: role}
	p.owned.addResource(r)
	p.record(evidence.Event{Kind: evidence.KindResource, Project: label, Resource: &r})
	return name, uri, nil
}
