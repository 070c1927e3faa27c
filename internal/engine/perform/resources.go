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

// A resourceCreator creates the queues and containers of one act tree.
type resourceCreator struct {
	caller
	owned *ownership
	names *namer
}

// newName returns the name of a new queue or container, and its URI as the service under test has to use it.
func (r resourceCreator) newName(s evidence.Service) (name, uri string) {
	if s == evidence.Queue {
		name = r.names.queue()
		return name, r.Account.QueueURI(r.Observer.QueueURL(), name)
	}
	name = r.names.container()
	return name, r.Account.ContainerURI(r.Observer.BlobURL(), name)
}

// create creates and records a queue or a container.
func (r resourceCreator) create(
	ctx context.Context,
	s evidence.Service,
	role string,
	label string,
) (name, uri string, err error) {
	name, uri = r.newName(s)
	if s == evidence.Queue {
		err = r.Account.CreateQueue(ctx, name)
	} else {
		err = r.Account.CreateContainer(ctx, name)
	}
	if err != nil {
		return "", "", fmt.Errorf("create a %s for the run: %w", s, err)
	}
	if err := r.Observer.Track(ctx, s, name); err != nil {
		return "", "", err
	}
	resource := evidence.Resource{Service: s, Name: name, URI: uri, Role: role}
	r.owned.addResource(resource)
	r.record(evidence.Event{Kind: evidence.KindResource, Project: label, Resource: &resource})
	return name, uri, nil
}
