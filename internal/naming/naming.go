// Package naming creates and parses the names of everything that a run creates outside its own process: projects of
// the service under test, and queues and containers of its storage. Every name contains the id of its run, which
// contains the start time of the run. So the leftovers of an interrupted run can be found, and other names cannot be
// mistaken for them.
//
// The package is pure: it knows no service, no storage and no clock. Stop extending it when a name would depend on
// them.
package naming

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// timestampLayout is the layout of the time in a run's id. It is in lower case, like the names of queues and
// containers.
const timestampLayout = "20060102t150405"

// RunID returns the id of a run that started then, such as 20260301t081500-5f3a9c01. The time is in UTC and whole
// seconds; random distinguishes runs that started in the same second.
func RunID(started time.Time, random uint32) string {
	return fmt.Sprintf("%s-%08x", started.UTC().Format(timestampLayout), random)
}

// StartTime returns when the run of that id started, in UTC; false if it is not the id of a run.
func StartTime(id string) (time.Time, bool) {
	if !runID.MatchString(id) {
		return time.Time{}, false
	}
	started, err := time.Parse(timestampLayout, id[:len(timestampLayout)])
	return started, err == nil
}

// Project returns the name of the project for the act tree of that number. label is "a" or "b" for the projects of a
// pair, and prefix provokes a failure; both may be "".
func Project(prefix, run string, number int, label string) string {
	return fmt.Sprintf("%scvconform-%s-%02d%s", prefix, run, number, label)
}

// Attempt returns the name of the n-th project that an act tree attempts to create.
func Attempt(run string, number, n int) string {
	return Project("", run, number, fmt.Sprintf("-attempt%d", n))
}

// Renamed returns the name that an update gives to a project.
func Renamed(project string) string { return project + "-renamed" }

// Queue returns the name of a queue, the n-th resource of an act tree.
func Queue(run string, number, n int) string {
	return fmt.Sprintf("%sq%d", ResourcePrefix(run, number), n)
}

// Container returns the name of a container, the n-th resource of an act tree.
func Container(run string, number, n int) string {
	return fmt.Sprintf("%sc%d", ResourcePrefix(run, number), n)
}

// ResourcePrefix returns the prefix of the names of all queues and containers of the act tree of that number.
func ResourcePrefix(run string, number int) string {
	return fmt.Sprintf("%s%02d-", RunPrefix(run), number)
}

// Prefix is the prefix of the names of all queues and containers of all runs.
const Prefix = "cvc-"

// RunPrefix returns the prefix of the names of all queues and containers of a run.
func RunPrefix(run string) string { return Prefix + run + "-" }

// These patterns match whole names, because names like "cvc-backup" and "cvconform-demo" may belong to others.
var (
	runID    = regexp.MustCompile(`^\d{8}t\d{6}-[0-9a-f]{8}$`)
	resource = regexp.MustCompile(`^cvc-(\d{8}t\d{6}-[0-9a-f]{8})-\d{2,3}-[qc]\d{1,3}$`)
	// A service may add " (1)" to a name that exists already (recorded traffic).
	project = regexp.MustCompile(
		`^(.*)cvconform-(\d{8}t\d{6}-[0-9a-f]{8})-\d{2,3}(?:[ab]|-attempt\d{1,3})?(?:-renamed)?(?: \(\d{1,3}\))?$`,
	)
)

// RunOfResource returns the id of the run that created the queue or container of that name; false if no run did.
func RunOfResource(name string) (run string, ok bool) {
	return validRun(resource.FindStringSubmatch(name))
}

// RunOfProject returns the id of the run that created the project of that name, and the prefix of the name; false if
// no run did.
func RunOfProject(name string) (prefix, run string, ok bool) {
	found := project.FindStringSubmatch(name)
	if run, ok = validRun(found); !ok {
		return "", "", false
	}
	return found[1], run, true
}

// validRun returns the run's id, the last submatch, if its time is valid.
func validRun(found []string) (string, bool) {
	if found == nil {
		return "", false
	}
	run := found[len(found)-1]
	_, ok := StartTime(run)
	return run, ok
}

// IsKnownPrefix reports whether the prefix of a project's name is "" or one of those that provoke a failure.
func IsKnownPrefix(prefix string, provoking ...string) bool {
	return prefix == "" || slices.Contains(provoking, prefix) && strings.TrimSpace(prefix) != ""
}
