//go:build !linux

package target

import "os"

// taggedProcesses returns nothing, because only Linux shows the environment of other processes.
func taggedProcesses(string) []int { return nil }

// descendants returns nothing, because it is implemented for Linux only.
func descendants(int) []*os.Process { return nil }

// killTagged does nothing, because taggedProcesses finds nothing.
func killTagged(string) {}
