package steps

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/reading"
)

// rerunCommand is the command line that runs the same again, but for the selection:
// what of the configuration is not the default. Keys and connection strings
// come from the environment, and are not in it.
func (s settings) rerunCommand() string {
	var words []string
	add := func(flag, value string) { words = append(words, flag+" "+shellQuote(value)) }
	add("--storage", s.Storage)
	if s.BlobAccount != "" {
		add("--blob-account", s.BlobAccount)
	}
	if s.QueueAccount != "" {
		add("--queue-account", s.QueueAccount)
	}
	if s.Target != "" && s.Target != "fake" {
		add("--target", s.Target)
	}
	if s.GatewayListen != "auto" {
		add("--gateway-listen", s.GatewayListen)
	}
	if s.GatewayAdvertise != "" {
		add("--gateway-advertise", s.GatewayAdvertise)
	}
	s.rerunNetworkFlags(add)
	if s.Config.Profile != "full" {
		add("--profile", s.Config.Profile)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Readings)) {
		if s.Readings[name] != flagDefault(name) {
			add("--reading", name+"="+s.Readings[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Budgets)) {
		add("--budget", fmt.Sprintf("%s=%s", name, s.Budgets[name].Round(time.Microsecond)))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Provoke)) {
		add("--provoke", name+"="+s.Provoke[name])
	}
	for _, name := range s.Defects {
		add("--defect", name)
	}
	if s.Tier != "" {
		add("--tier", s.Tier)
	}
	if s.Yes {
		words = append(words, "--yes")
	}
	if s.Isolate {
		words = append(words, "--isolate")
	}
	if s.InsecureSkipVerify {
		words = append(words, "--insecure-skip-verify")
	}
	return "cvconform run " + strings.Join(words, " ")
}

func flagDefault(name string) string {
	for _, r := range reading.All() {
		if r.Name == name {
			return r.Values[0]
		}
	}
	return ""
}

// plain is what a POSIX shell takes as it stands.
var plain = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// shellQuote makes one word of value for a POSIX shell.
func shellQuote(value string) string {
	if plain.MatchString(value) {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
