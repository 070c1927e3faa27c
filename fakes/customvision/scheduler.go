package customvision

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// scheduler completes work on the server's clock. The work of one project is completed in order of its due time.
// Projects are independent, so that slow storage of one does not delay another.
type scheduler struct {
	clock  Clock
	ctx    context.Context
	cancel context.CancelFunc

	mu        sync.Mutex
	closed    bool
	pending   []*completion // in order of due time, then of scheduling
	lanes     map[uuid.UUID][]*completion
	running   sync.WaitGroup // one per lane
	laneEnded chan struct{}  // closed and replaced when a lane ends
}

type completion struct {
	kind    string // Training, Export, Import
	due     time.Time
	project uuid.UUID
	run     func(context.Context)
	stop    func() bool
}

func newScheduler(clock Clock) *scheduler {
	s := &scheduler{clock: clock, lanes: map[uuid.UUID][]*completion{}, laneEnded: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// after schedules run in the lane of a project when d has passed.
func (s *scheduler) after(d time.Duration, kind string, project uuid.UUID, run func(context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	c := &completion{kind: kind, due: s.clock.Now().Add(d), project: project, run: run}
	at, _ := slices.BinarySearchFunc(s.pending, c, func(other, _ *completion) int {
		if other.due.After(c.due) {
			return 1
		}
		return -1
	})
	s.pending = slices.Insert(s.pending, at, c)
	c.stop = s.clock.AfterFunc(d, s.dispatch)
}

// dispatch moves all work that is due to its lane.
func (s *scheduler) dispatch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	for !s.closed && len(s.pending) > 0 && !s.pending[0].due.After(now) {
		c := s.pending[0]
		s.pending = s.pending[1:]
		s.enqueue(c)
	}
}

func (s *scheduler) enqueue(c *completion) {
	queue, running := s.lanes[c.project]
	s.lanes[c.project] = append(queue, c)
	if !running {
		s.running.Go(func() { s.runLane(c.project) })
	}
}

func (s *scheduler) runLane(project uuid.UUID) {
	for c := s.nextCompletion(project); c != nil; c = s.nextCompletion(project) {
		c.run(s.ctx)
	}
}

// nextCompletion removes the first completion of a lane. If the lane is empty, it removes the lane and returns nil.
func (s *scheduler) nextCompletion(project uuid.UUID) *completion {
	s.mu.Lock()
	defer s.mu.Unlock()
	queue := s.lanes[project]
	if len(queue) == 0 || s.closed {
		delete(s.lanes, project)
		close(s.laneEnded)
		s.laneEnded = make(chan struct{})
		return nil
	}
	s.lanes[project] = queue[1:]
	return queue[0]
}

// waitIdle waits until all work that is due has completed.
func (s *scheduler) waitIdle(ctx context.Context) error {
	for {
		s.mu.Lock()
		running, laneEnded := len(s.lanes), s.laneEnded
		s.mu.Unlock()
		if running == 0 {
			return nil
		}
		select {
		case <-laneEnded:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// cancelAll drops all work that has not started, and waits for the rest.
func (s *scheduler) cancelAll(ctx context.Context) error {
	s.mu.Lock()
	s.cancelPending()
	for project := range s.lanes {
		s.lanes[project] = nil
	}
	s.mu.Unlock()
	return s.waitIdle(ctx)
}

// cancelPending drops work that is not due. The caller must hold s.mu.
func (s *scheduler) cancelPending() {
	for _, c := range s.pending {
		c.stop()
	}
	s.pending = nil
}

// pendingWork returns the work that is not due, in order.
func (s *scheduler) pendingWork() []completion {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]completion, len(s.pending))
	for i, c := range s.pending {
		list[i] = *c
	}
	return list
}

func (s *scheduler) close(ctx context.Context) error {
	s.markClosed()
	ended := make(chan struct{})
	go func() {
		s.running.Wait()
		close(ended)
	}()
	defer s.cancel()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *scheduler) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

func (s *scheduler) markClosed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.cancelPending()
}
