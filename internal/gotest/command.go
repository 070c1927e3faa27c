package gotest

import (
	"regexp"
	"runtime/debug"
	"strings"
)

// Command returns the command that runs the test of that name again, and no other.
func Command(test string) string {
	elements := strings.Split(test, "/")
	for i, e := range elements {
		elements[i] = "^" + strings.ReplaceAll(regexp.QuoteMeta(e), "'", ".") + "$"
	}
	return "go test -count=1 -run '" + strings.Join(elements, "/") + "' " + importPath()
}

// importPath returns the import path of the package under test, or "." if it is not known.
func importPath() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "."
	}
	path, isTest := strings.CutSuffix(info.Path, ".test")
	if !isTest || path == "command-line-arguments" {
		return "."
	}
	return path
}

// KeepsArtifacts reports whether go test keeps the artifacts of tests.
func KeepsArtifacts() bool { return flagValue("test.artifacts") == "true" }
