package docker

import (
	"os"
	"strconv"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// The labels that identify the owner of a container, a network or an image.
const (
	// LabelRun is the id of the run that created it.
	LabelRun = "io.cvconform.run"
	// LabelOwnerPID is the process id of the harness that created it.
	LabelOwnerPID = "io.cvconform.owner.pid"
	// LabelOwnerStarted is the start time of that process, in milliseconds since 1970, because process ids are reused.
	LabelOwnerStarted = "io.cvconform.owner.started"
	// LabelOwnerHost is the host name of that process's machine, because an engine can serve several machines.
	LabelOwnerHost = "io.cvconform.owner.host"
)

// startTolerance is the maximum difference between two start times of the same process. Linux derives the start time
// from the boot time, which changes with the system clock.
const startTolerance = 2 * time.Second

// Labels returns the labels of everything that this process creates for a run.
func Labels(runID string) map[string]string {
	pid := os.Getpid()
	return map[string]string{
		LabelRun:          runID,
		LabelOwnerPID:     strconv.Itoa(pid),
		LabelOwnerStarted: strconv.FormatInt(startedAt(pid), 10),
		LabelOwnerHost:    hostname(),
	}
}

// isOrphan reports whether the owner in these labels was a process of this machine that has ended. It is false for
// invalid labels.
func isOrphan(labels map[string]string) bool {
	host := labels[LabelOwnerHost]
	if host == "" || host != hostname() {
		return false
	}
	pid, err := strconv.ParseInt(labels[LabelOwnerPID], 10, 32)
	if err != nil {
		return false
	}
	started, err := strconv.ParseInt(labels[LabelOwnerStarted], 10, 64)
	if err != nil {
		return false
	}
	return !processAlive(int(pid), started)
}

func processAlive(pid int, started int64) bool {
	exists, err := process.PidExists(int32(pid))
	if err != nil {
		return true
	}
	if !exists {
		return false
	}
	now := startedAt(pid)
	if now == 0 || started == 0 {
		return true
	}
	return time.Duration(abs(now-started))*time.Millisecond <= startTolerance
}

// startedAt returns the start time of a process in milliseconds since 1970; 0 if it is unknown.
func startedAt(pid int) int64 {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return 0
	}
	created, err := p.CreateTime()
	if err != nil {
		return 0
	}
	return created
}

func abs(n int64) int64 { return max(n, -n) }

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}
