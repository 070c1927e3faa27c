package target

import (
	"fmt"
	"strings"
)

// The failures that a service may be told to provoke, by the beginning of a
// project's name.
const (
	TrainingFailure = "training-failure"
	ExportFailure   = "export-failure"
)

// CheckProvocations says what is wrong with a map of failures to name prefixes.
func CheckProvocations(provoke map[string]string) error {
	for name, prefix := range provoke {
		if name != TrainingFailure && name != ExportFailure {
			return fmt.Errorf("no provocation %q: there are %s, %s", name, TrainingFailure, ExportFailure)
		}
		if strings.TrimSpace(prefix) == "" {
			return fmt.Errorf("provocation %s needs the beginning of a project name", name)
		}
	}
	return nil
}
