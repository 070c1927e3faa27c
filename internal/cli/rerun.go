package cli

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/steps"
)

// rerunCommand returns the command line that repeats a run, without its selection of
// requirements: the flags whose values differ from the default. Keys and connection
// strings come from the environment, so they are not part of it.
func rerunCommand(c steps.Config) string {
	return "cvconform run " + strings.Join(configFlags(c), " ")
}

// cleanCommand returns the command line that deletes the resources that a run left
// behind.
func cleanCommand(c steps.Config, runID string) string {
	return "cvconform clean --run " + runID + " " + strings.Join(configFlags(c), " ")
}

// configFlags returns the flags of a configuration, each with its value, as a POSIX
// shell reads them.
func configFlags(c steps.Config) []string {
	var words []string
	add := func(flag, value string) { words = append(words, flag+" "+shellQuote(value)) }
	addSet := func(flag, value, unset string) {
		if value != "" && value != unset {
			add(flag, value)
		}
	}
	add("--storage", cmp.Or(c.Storage, "auto"))
	addSet("--blob-account", c.BlobAccount, "")
	addSet("--queue-account", c.QueueAccount, "")
	addSet("--target", c.Target, "fake")
	addSet("--gateway-listen", c.GatewayListen, "auto")
	addSet("--gateway-advertise", c.GatewayAdvertise, "")
	addNetworkFlags(c, add)
	addSet("--profile", c.Profile, "full")
	for _, name := range slices.Sorted(maps.Keys(c.Readings)) {
		if c.Readings[name] != defaultReading(name) {
			add("--reading", name+"="+c.Readings[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Budgets)) {
		add("--budget", fmt.Sprintf("%s=%s", name, c.Budgets[name].Round(time.Microsecond)))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Provoke)) {
		add("--provoke", name+"="+c.Provoke[name])
	}
	for _, name := range c.Defects {
		add("--defect", name)
	}
	addSet("--tier", c.Tier, "")
	for _, f := range []struct {
		flag string
		set  bool
	}{
		{"--yes", c.Yes}, {"--isolate", c.Isolate}, {"--strict", c.Strict},
		{"--insecure-skip-verify", c.InsecureSkipVerify},
	} {
		if f.set {
			words = append(words, f.flag)
		}
	}
	return words
}

// addNetworkFlags adds the flags for the connection to the service.
func addNetworkFlags(c steps.Config, add func(flag, value string)) {
	for _, v := range c.ImageEnv {
		add("--image-env", v)
	}
	for _, port := range c.ImagePorts {
		add("--image-port", strconv.Itoa(port))
	}
	if c.CAFile != "" {
		add("--ca-file", c.CAFile)
	}
	if c.Rate != 0 {
		add("--rate", strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(c.Rate, 'g', -1, 64)), "+"))
	}
	if c.Preflight == "on" || c.Preflight == "off" {
		add("--preflight", c.Preflight)
	}
}

// defaultReading returns the default value of a reading.
func defaultReading(name string) string {
	for _, r := range reading.All() {
		if r.Name == name {
			return r.Values[0]
		}
	}
	return ""
}

// plainWord matches a word that a POSIX shell does not change.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// shellQuote returns value as one word for a POSIX shell.
func shellQuote(value string) string {
	if plainWord.MatchString(value) {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
