package estimate

import (
	"slices"
	"time"
)

// A job is one act tree to perform.
type job struct {
	duration  time.Duration // of its acts
	window    time.Duration // of the observation that follows, in which others are performed
	projects  int           // slots that it occupies until the window ends
	exclusive bool
}

// A timetable is the state of a schedule at one moment.
type timetable struct {
	now         time.Duration
	running     []running
	maxProjects int // most projects at a time so far
}

type running struct {
	acted    time.Duration // end of the acts
	ends     time.Duration // end of the window
	projects int
}

// schedule simulates the engine: it performs jobs in order, up to parallel at a
// time, each as soon as its slots are free, and then the exclusive jobs one by one.
// The windows of jobs overlap.
// It returns the duration, and the most projects that exist at a time. slots 0
// means any number.
func schedule(jobs []job, parallel, slots int) (took time.Duration, most int) {
	var s timetable
	for _, exclusive := range []bool{false, true} {
		for _, j := range jobs {
			if j.exclusive != exclusive {
				continue
			}
			if exclusive {
				parallel = 1
			}
			s.begin(j, parallel, slots)
		}
	}
	for len(s.running) > 0 {
		s.advance()
	}
	return s.now, s.maxProjects
}

// begin advances until the job can begin, and begins it.
func (s *timetable) begin(j job, parallel, slots int) {
	need := j.projects
	if slots > 0 {
		need = min(need, slots)
	}
	for s.acting() >= parallel || slots > 0 && s.projectsInUse()+need > slots {
		s.advance()
	}
	s.running = append(s.running, running{s.now + j.duration, s.now + j.duration + j.window, need})
	s.maxProjects = max(s.maxProjects, s.projectsInUse())
}

func (s *timetable) projectsInUse() int {
	n := 0
	for _, r := range s.running {
		n += r.projects
	}
	return n
}

// acting returns the number of jobs whose acts are performed.
func (s *timetable) acting() (n int) {
	for _, r := range s.running {
		if r.acted > s.now {
			n++
		}
	}
	return n
}

// advance moves to the moment when the acts or the window of a running job end next.
func (s *timetable) advance() {
	next := func(r running) time.Duration {
		if r.acted > s.now {
			return r.acted
		}
		return r.ends
	}
	first := slices.MinFunc(s.running, func(a, b running) int { return int(next(a) - next(b)) })
	s.now = max(s.now, next(first))
	s.running = slices.DeleteFunc(s.running, func(r running) bool { return r.ends <= s.now })
}
