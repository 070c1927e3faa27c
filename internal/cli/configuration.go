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

// configurationFile is read where there is one and --config names no other.
const configurationFile = "cvconform.yaml"

// configure fills in the flags of run that the user did not give: from the
// environment, else from the configuration file, whose keys are the names of the
// flags.
func configure(flags *pflag.FlagSet, env func(string) string, file string) error {
	values, err := readConfiguration(flags, file)
	if err != nil {
		return err
	}
	return applyDefaults(flags, env, values, file)
}

// fromEnvironment fills in the flags that the user did not give, for commands
// that the configuration file is not for.
func fromEnvironment(flags *pflag.FlagSet, env func(string) string) error {
	return applyDefaults(flags, env, nil, "")
}

// applyDefaults takes CVCONFORM_ and the flag's name in capitals, such as
// CVCONFORM_AZURITE_IMAGE, else what the file has.
func applyDefaults(flags *pflag.FlagSet, env func(string) string, values map[string][]string, file string) error {
	given := func(name string) (words []string, source string) {
		variable := "CVCONFORM_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		if v := env(variable); v != "" {
			return []string{v}, variable
		}
		return values[name], file
	}
	accounts := usesAccounts(flags, given)
	var errs []error
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed || f.Name == "config" || f.Name == "help" ||
			!accounts && (f.Name == "blob-account" || f.Name == "queue-account") {
			return
		}
		if words, source := given(f.Name); words != nil {
			errs = append(errs, set(flags, f.Name, words, source))
		}
	})
	return errors.Join(errs...)
}

// usesAccounts says whether accounts that nobody gave on the command line are of
// concern: who has set them for the real service, and asks for other storage this
// once, means no contradiction.
func usesAccounts(flags *pflag.FlagSet, given func(string) ([]string, string)) bool {
	storage := flags.Lookup("storage")
	if storage == nil || storage.Changed {
		return storage == nil || storage.Value.String() == "azure"
	}
	words, _ := given("storage")
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

// readConfiguration reads the file into values by flag name. A key that is no
// flag is an error.
func readConfiguration(flags *pflag.FlagSet, file string) (map[string][]string, error) {
	given := file != ""
	if !given {
		file = configurationFile
	}
	content, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) && !given {
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
			return nil, usage("the keys are the names of the flags of run, without --", "%s: unknown key %q", file, key)
		}
		out[key] = flagValues(v)
	}
	return out, nil
}

// flagValues makes flag values of a YAML value: a scalar, a list, or a map of
// NAME: VALUE.
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
