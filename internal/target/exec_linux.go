package target

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"

	"github.com/shirou/gopsutil/v4/process"
)

// taggedProcesses lists the processes whose environment holds mark: descendants of a
// command, whatever group or session they are in.
func taggedProcesses(mark string) []int {
	var pids []int
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		pid, err := strconv.Atoi(filepath.Base(folder))
		if err == nil && pid != os.Getpid() && hasTag(pid, mark) {
			pids = append(pids, pid)
		}
	}
	return pids
}

func hasTag(pid int, mark string) bool {
	environment, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	return err == nil && bytes.Contains(environment, []byte(mark))
}

// descendants are handles of the processes that pid started, and of those that these
// did, as long as the ones between live: also who has another session and a clean
// environment. A handle stays with its process, whose id may be another's by then.
func descendants(pid int) []*os.Process {
	children := map[int32][]int32{}
	pids, _ := process.Pids()
	for _, id := range pids {
		if parent, err := (&process.Process{Pid: id}).Ppid(); err == nil {
			children[parent] = append(children[parent], id)
		}
	}
	var found []*os.Process
	for next := children[int32(pid)]; len(next) > 0; next = next[1:] {
		if p, err := os.FindProcess(int(next[0])); err == nil {
			found = append(found, p)
		}
		next = append(next, children[next[0]]...)
	}
	return found
}

// killTagged kills the processes whose environment holds mark. It looks until it
// finds none, since one of them may have started another meanwhile.
func killTagged(mark string) {
	for range 10 {
		found := 0
		for _, pid := range taggedProcesses(mark) {
			if kill(pid, mark) {
				found++
			}
		}
		if found == 0 {
			return
		}
	}
}

// kill kills a process if its environment holds mark. The handle is taken first,
// so that a reused id is not hit.
func kill(pid int, mark string) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer func() { _ = process.Release() }()
	return hasTag(pid, mark) && process.Kill() == nil
}
