package estimate

import (
	"slices"
	"time"
)

// A job is one lineage to perform.
type job struct {
	duration  time.Duration
	projects  int // places that it takes while it lasts
	exclusive bool
}

// A timetable is what goes on at one moment of a schedule.
type timetable struct {
	now         time.Duration
	running     []running
	maxProjects int // projects at a time so far
}

type running struct {
	ends     time.Duration
	projects int
}

// schedule performs the jobs as the engine does: so many at a time, in order, each
// when it has its places; then the quiet ones, one by one. It returns how long
// that takes, and how many projects stand at a time at most. places 0 means any
// number.
func schedule(jobs []job, parallel, places int) (took time.Duration, most int) {
	var s timetable
	for _, quiet := range []bool{false, true} {
		for _, j := range jobs {
			if j.exclusive != quiet {
				continue
			}
			if quiet {
				parallel = 1
			}
			s.begin(j, parallel, places)
		}
	}
	for len(s.running) > 0 {
		s.advance()
	}
	return s.now, s.maxProjects
}

// begin waits until the job may begin, and begins it.
func (s *timetable) begin(j job, parallel, places int) {
	need := j.projects
	if places > 0 {
		need = min(need, places)
	}
	for len(s.running) >= parallel || places > 0 && s.projectsInUse()+need > places {
		s.advance()
	}
	s.running = append(s.running, running{s.now + j.duration, need})
	s.maxProjects = max(s.maxProjects, s.projectsInUse())
}

func (s *timetable) projectsInUse() int {
	n := 0
	for _, r := range s.running {
		n += r.projects
	}
	return n
}

// advance goes on to the moment when the next of the running ends.
func (s *timetable) advance() {
	next := slices.MinFunc(s.running, func(a, b running) int { return int(a.ends - b.ends) })
	s.now = max(s.now, next.ends)
	s.running = slices.DeleteFunc(s.running, func(r running) bool { return r.ends <= s.now })
}
