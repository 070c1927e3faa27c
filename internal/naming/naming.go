// Package naming makes the names of everything that a run creates outside its
// own process, and recognises them again: projects of the service under test,
// queues and containers of its storage. Every name carries the id of its run,
// and that the time when the run began, so that what an interrupted run left can
// be found, and nobody else's is taken for it.
//
// It is pure: it knows no service, no storage and no clock. Stop extending it
// where a name would have to be looked up somewhere.
package naming

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// timestampLayout is the layout of the time in a run's id. Names of queues and containers
// are in lower case.
const timestampLayout = "20060102t150405"

// RunID is the id of a run that began then, in UTC and to the second, such as
// 20260301t081500-5f3a9c01; random tells it from others of that second.
func RunID(began time.Time, random uint32) string {
	return fmt.Sprintf("%s-%08x", began.UTC().Format(timestampLayout), random)
}

// StartTime is when the run of that id began, in UTC; false where it is no run's id.
func StartTime(id string) (time.Time, bool) {
	if !runID.MatchString(id) {
		return time.Time{}, false
	}
	began, err := time.Parse(timestampLayout, id[:len(timestampLayout)])
	return began, err == nil
}

// Project is the name of the project (of a pair, the one of that label, "a" or
// "b") that is made for the situation of that number; prefix provokes a failure,
// "" none.
func Project(prefix, run string, number int, label string) string {
	return fmt.Sprintf("%scvconform-%s-%02d%s", prefix, run, number, label)
}

// Attempt is the name of the n-th project that a situation attempts to create.
func Attempt(run string, number, n int) string {
	return Project("", run, number, fmt.Sprintf("-attempt%d", n))
}

// Renamed is what an update makes of a project's name.
func Renamed(project string) string { return project + "-renamed" }

// Queue is the name of the n-th thing made for the situation, a queue.
func Queue(run string, number, n int) string {
	return fmt.Sprintf("%sq%d", ResourcePrefix(run, number), n)
}

// Container is the name of the n-th thing made for the situation, a container.
func Container(run string, number, n int) string {
	return fmt.Sprintf("%sc%d", ResourcePrefix(run, number), n)
}

// ResourcePrefix begins the names of all queues and containers that are made for
// the situation of that number.
func ResourcePrefix(run string, number int) string {
	return fmt.Sprintf("%s%02d-", RunPrefix(run), number)
}

// Prefix begins the names of all queues and containers of all runs.
const Prefix = "cvc-"

// RunPrefix begins the names of all queues and containers of a run.
func RunPrefix(run string) string { return Prefix + run + "-" }

// What runs make is recognised by the whole of its name, never by its beginning:
// "cvc-backup" and "cvconform-demo" are somebody's own.
var (
	runID    = regexp.MustCompile(`^\d{8}t\d{6}-[0-9a-f]{8}$`)
	resource = regexp.MustCompile(`^cvc-(\d{8}t\d{6}-[0-9a-f]{8})-\d{2,3}-[qc]\d{1,3}$`)
	// A service may add " (1)" to a name that it has already (recorded traffic).
	project = regexp.MustCompile(
		`^(.*)cvconform-(\d{8}t\d{6}-[0-9a-f]{8})-\d{2,3}(?:[ab]|-attempt\d{1,3})?(?:-renamed)?(?: \(\d{1,3}\))?$`,
	)
)

// RunOfResource is the id of the run that made the queue or the container of
// that name; false where none did.
func RunOfResource(name string) (run string, ok bool) {
	return valid(resource.FindStringSubmatch(name))
}

// RunOfProject is the id of the run that made the project of that name, and what
// the name begins with before; false where none did.
func RunOfProject(name string) (prefix, run string, ok bool) {
	found := project.FindStringSubmatch(name)
	if run, ok = valid(found); !ok {
		return "", "", false
	}
	return found[1], run, true
}

// valid is the run's id at the end of what an expression found, where its time
// is one.
func valid(found []string) (string, bool) {
	if found == nil {
		return "", false
	}
	run := found[len(found)-1]
	_, ok := StartTime(run)
	return run, ok
}

// IsKnownPrefix says whether a project's name may begin so: with nothing, or with one of
// the beginnings that provoke a failure.
func IsKnownPrefix(prefix string, provoking ...string) bool {
	return prefix == "" || slices.Contains(provoking, prefix) && strings.TrimSpace(prefix) != ""
}
