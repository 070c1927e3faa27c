package cli

import (
	"os"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/reading"
)

// durationHint is the hint for an invalid duration.
const durationHint = "durations look like 500ms, 30s, 5m"

// buildConfig completes the configuration from flags, environment and files.
func (f *runFlags) buildConfig(w Runtime) error {
	f.config.ConnectionString = w.Env("AZURE_STORAGE_CONNECTION_STRING")
	if err := f.readTrainingKey(w); err != nil {
		return err
	}
	if err := f.readSigningKey(); err != nil {
		return err
	}
	if f.config.Parallel < 0 {
		return usage("", "--parallel %d: must be at least 1", f.config.Parallel)
	}
	if err := f.parseBudgets(); err != nil {
		return err
	}
	if err := f.applyAPIVersion(); err != nil {
		return err
	}
	f.config.Rerun = rerunCommand(f.config)
	return nil
}

// readTrainingKey reads the training key from the file, or else from the environment.
func (f *runFlags) readTrainingKey(w Runtime) error {
	f.config.TrainingKey = w.Env("CVCONFORM_TRAINING_KEY")
	if f.keyFile == "" {
		return nil
	}
	content, err := os.ReadFile(f.keyFile)
	if err != nil {
		return usage("", "--training-key-file: %w", err)
	}
	if f.config.TrainingKey = strings.TrimSpace(string(content)); f.config.TrainingKey == "" {
		return usage("", "--training-key-file: %s is empty", f.keyFile)
	}
	return nil
}

func (f *runFlags) readSigningKey() (err error) {
	if f.signFile == "" {
		return nil
	}
	f.config.Sign, err = keyFrom("--sign", f.signFile, bundle.PrivateKey)
	return err
}

func (f *runFlags) parseBudgets() error {
	f.config.Budgets = map[string]time.Duration{}
	for name, value := range f.budgets {
		d, err := time.ParseDuration(value)
		if err != nil {
			return usage(durationHint, "--budget %s=%s: %w", name, value, err)
		}
		f.config.Budgets[name] = d
	}
	return nil
}

// applyAPIVersion sets the reading that --api-version stands for.
func (f *runFlags) applyAPIVersion() error {
	if f.apiVersion == "" {
		return nil
	}
	if other, set := f.config.Readings[reading.APIVersion]; set && other != f.apiVersion {
		return usage("give one of them", "--api-version %s and --reading %s=%s contradict each other",
			f.apiVersion, reading.APIVersion, other)
	}
	if f.config.Readings == nil {
		f.config.Readings = map[string]string{}
	}
	f.config.Readings[reading.APIVersion] = f.apiVersion
	return nil
}
