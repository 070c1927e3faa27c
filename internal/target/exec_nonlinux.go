//go:build !linux

package target

import "os"

// taggedProcesses finds nobody: only Linux shows the environment of other processes.
func taggedProcesses(string) []int { return nil }

// descendants finds nobody, for the same reason: it goes by what Linux shows of others.
func descendants(int) []*os.Process { return nil }

// killTagged does nothing, for the same reason.
func killTagged(string) {}
