package target

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

// killMarked kills the processes whose environment holds mark: descendants of a
// command that made a group or session of their own. It looks until it finds
// none, since one of them may have started another meanwhile.
func killMarked(mark string) {
	for range 10 {
		found := 0
		folders, _ := filepath.Glob("/proc/[0-9]*")
		for _, folder := range folders {
			if kill(folder, mark) {
				found++
			}
		}
		if found == 0 {
			return
		}
	}
}

// kill kills the process of a folder of /proc if its environment holds mark.
// The handle is taken first, so that a reused id is not hit.
func kill(folder, mark string) bool {
	pid, err := strconv.Atoi(filepath.Base(folder))
	if err != nil || pid == os.Getpid() {
		return false
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer func() { _ = process.Release() }()
	environment, err := os.ReadFile(filepath.Join(folder, "environ"))
	if err != nil || !bytes.Contains(environment, []byte(mark)) {
		return false
	}
	return process.Kill() == nil
}
