package target

import (
	"fmt"
	"strings"
)

// The failures that the prefix of a project's name can provoke.
const (
	TrainingFailure = "training-failure"
	ExportFailure   = "export-failure"
)

// CheckProvocations validates a map of failures to name prefixes.
func CheckProvocations(provoke map[string]string) error {
	for name, prefix := range provoke {
		if name != TrainingFailure && name != ExportFailure {
			return fmt.Errorf("unknown provocation %q (use %s or %s)", name, TrainingFailure, ExportFailure)
		}
		if strings.TrimSpace(prefix) == "" {
			return fmt.Errorf("provocation %s needs the prefix of a project name", name)
		}
	}
	return nil
}
