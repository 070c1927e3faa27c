package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/pflag"
)

// configurationFile is the configuration file that is used if it exists and --config
// names no other.
const configurationFile = "cvconform.yaml"

// configure sets the flags of run that are not on the command line from the
// environment, or else from the configuration file, whose keys are the flags' names.
func configure(flags *pflag.FlagSet, env func(string) string, file string) error {
	values, err := readConfiguration(flags, file)
	if err != nil {
		return err
	}
	return applyDefaults(flags, env, values, file)
}

// fromEnvironment sets the flags that are not on the command line from the environment.
// It is for the commands that do not use the configuration file.
func fromEnvironment(flags *pflag.FlagSet, env func(string) string) error {
	return applyDefaults(flags, env, nil, "")
}

// applyDefaults sets each flag that is not on the command line from its environment
// variable, such as CVCONFORM_AZURITE_IMAGE for --azurite-image, or else from values,
// which were read from file.
func applyDefaults(flags *pflag.FlagSet, env func(string) string, values map[string][]string, file string) error {
	lookup := func(name string) (words []string, source string) {
		variable := "CVCONFORM_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		if v := env(variable); v != "" {
			return []string{v}, variable
		}
		return values[name], file
	}
	useAccounts := usesAzureAccounts(flags, lookup)
	var errs []error
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed || f.Name == "config" || f.Name == "help" ||
			!useAccounts && (f.Name == "blob-account" || f.Name == "queue-account") {
			return
		}
		if words, source := lookup(f.Name); words != nil {
			errs = append(errs, set(flags, f.Name, words, source))
		}
	})
	return errors.Join(errs...)
}

// usesAzureAccounts reports whether to set the storage accounts from the environment or
// the configuration file. They are ignored if the storage is not azure: a user who has
// set them for the real service may choose other storage for one run.
func usesAzureAccounts(flags *pflag.FlagSet, lookup func(string) ([]string, string)) bool {
	storage := flags.Lookup("storage")
	if storage == nil || storage.Changed {
		return storage == nil || storage.Value.String() == "azure"
	}
	words, _ := lookup("storage")
	return words == nil || slices.Contains(words, "azure")
}

func set(flags *pflag.FlagSet, name string, values []string, source string) error {
	for _, v := range values {
		if err := flags.Set(name, v); err != nil {
			return usage("", "%s: %s: %w", source, name, err)
		}
	}
	return nil
}

// readConfiguration reads the configuration file and returns its values by flag name.
// It returns an error for a key that is not the name of a flag.
func readConfiguration(flags *pflag.FlagSet, file string) (map[string][]string, error) {
	isExplicit := file != ""
	if !isExplicit {
		file = configurationFile
	}
	content, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) && !isExplicit {
		return nil, nil
	}
	if err != nil {
		return nil, usage("", "--config: %w", err)
	}
	var raw map[string]any
	if err := yaml.Unmarshal(content, &raw); err != nil {
		return nil, usage("", "%s: %w", file, err)
	}
	out := map[string][]string{}
	for key, v := range raw {
		if flags.Lookup(key) == nil || key == "config" || key == "help" {
			return nil, usage("the keys are the flags of cvconform run, without the dashes", "%s: unknown key %q", file, key)
		}
		out[key] = flagValues(v)
	}
	return out, nil
}

// flagValues returns the flag values for a YAML value, which is a scalar, a list, or a
// map whose entries become NAME=VALUE.
func flagValues(v any) []string {
	var out []string
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			out = append(out, fmt.Sprint(one))
		}
	case map[string]any:
		for name, value := range v {
			out = append(out, fmt.Sprintf("%s=%v", name, value))
		}
	default:
		out = []string{fmt.Sprint(v)}
	}
	return out
}
