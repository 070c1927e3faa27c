package docker

import (
	"os"
	"strconv"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// The labels that say whose a container, a network or an image is.
const (
	// LabelRun is the id of the run that made it.
	LabelRun = "io.cvconform.run"
	// LabelOwnerPID is the process id of the harness that made it.
	LabelOwnerPID = "io.cvconform.owner.pid"
	// LabelOwnerStarted is when that process started, in milliseconds since 1970: a process id alone can be reused.
	LabelOwnerStarted = "io.cvconform.owner.started"
	// LabelOwnerHost is the host name of the machine that process runs on: an engine can serve several.
	LabelOwnerHost = "io.cvconform.owner.host"
)

// startTolerance is how far two readings of one process's start may differ: Linux derives it from the boot time, which
// moves with the system clock.
const startTolerance = 2 * time.Second

// Labels are the labels of everything that this process makes for a run.
func Labels(runID string) map[string]string {
	pid := os.Getpid()
	return map[string]string{
		LabelRun:          runID,
		LabelOwnerPID:     strconv.Itoa(pid),
		LabelOwnerStarted: strconv.FormatInt(startedAt(pid), 10),
		LabelOwnerHost:    hostname(),
	}
}

// isOrphan reports whether the owner in these labels is a process of this machine that is gone. Labels that cannot be
// read are nobody's to judge: not abandoned.
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

// startedAt is 0 where the system does not tell.
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
