package target

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"

	"github.com/shirou/gopsutil/v4/process"
)

// taggedProcesses returns the processes whose environment contains the tag: the descendants of a command, in any
// process group or session.
func taggedProcesses(tag string) []int {
	var pids []int
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		pid, err := strconv.Atoi(filepath.Base(folder))
		if err == nil && pid != os.Getpid() && hasTag(pid, tag) {
			pids = append(pids, pid)
		}
	}
	return pids
}

func hasTag(pid int, tag string) bool {
	environment, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	return err == nil && bytes.Contains(environment, []byte(tag))
}

// descendants returns handles of the children of pid, their children and so on. A process is found, whatever its
// session and environment, as long as the processes between it and pid live. A handle stays valid even if the process
// id is reused.
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

// killTagged kills the processes whose environment contains the tag. It repeats until it finds none, because one of
// them may have started another in the meantime.
func killTagged(tag string) {
	for range 10 {
		found := 0
		for _, pid := range taggedProcesses(tag) {
			if killIfTagged(pid, tag) {
				found++
			}
		}
		if found == 0 {
			return
		}
	}
}

// killIfTagged kills a process if its environment contains the tag. It opens the handle first, so that it cannot kill a
// process that reuses the id.
func killIfTagged(pid int, tag string) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer func() { _ = process.Release() }()
	return hasTag(pid, tag) && process.Kill() == nil
}
