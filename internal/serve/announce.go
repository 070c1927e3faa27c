package serve

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/internal/textfmt"
)

// An announcement holds the values that the user needs to reach the server.
type announcement struct {
	options     Options
	trainingKey string
	listeners   listeners
	certificate certificate
	store       store
	seed        customvision.Seed
}

// endpoint returns the URL of the API on this machine.
func (a announcement) endpoint() string {
	scheme := "http://"
	if a.certificate.config != nil {
		scheme = "https://"
	}
	return scheme + localAddress(a.listeners.api.Addr())
}

// controlEndpoint returns the URL of the control plane on this machine, or "" if there
// is none.
func (a announcement) controlEndpoint() string {
	if a.listeners.control == nil {
		return ""
	}
	return "http://" + localAddress(a.listeners.control.Addr())
}

// localAddress returns an address by which this machine reaches a listener.
func localAddress(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsUnspecified() {
		return a.String()
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// announce prints that the server is ready, how to reach it, and the tutorial. Then it
// writes the environment file.
func (s *server) announce(ctx context.Context, a announcement) error {
	var text bytes.Buffer
	fmt.Fprint(&text, "Custom Vision (fake) is ready.\n\n")
	for _, line := range textfmt.Align(a.settings()) {
		fmt.Fprintf(&text, "  %s\n", line)
	}
	printSeed(&text, a.seed)
	if a.store.azurite == nil {
		fmt.Fprint(&text, "\nCtrl-C stops it.\n")
	} else if err := s.printTutorial(ctx, &text, a); err != nil {
		return err
	}
	if _, err := s.options.Stdout.Write(text.Bytes()); err != nil {
		return fmt.Errorf("print that the server is ready: %w", err)
	}
	return s.writeEnvFile(a)
}

// settings returns the names and values of the settings to print.
func (a announcement) settings() [][]string {
	rows := [][]string{{"endpoint", a.endpoint()}, {"Training-Key", a.trainingKey}}
	if a.certificate.caFile != "" {
		rows = append(rows, []string{"CA file", a.certificate.caFile})
	}
	if control := a.controlEndpoint(); control != "" {
		rows = append(rows, []string{"control", control})
	}
	if a.store.azurite == nil {
		return append(rows, []string{"storage", "external"})
	}
	return append(rows,
		[]string{"storage", fmt.Sprintf("Azurite %s (%s)", a.store.azurite.Version, a.store.azurite.Kind)},
		[]string{"", a.store.connectionString})
}

// printSeed prints the ids of the seed, which are the same in every run.
func printSeed(text *bytes.Buffer, seed customvision.Seed) {
	for _, p := range seed.Projects {
		fmt.Fprintf(text, "\n  %s  project %q, %d images\n", p.ID(), p.Name, len(p.Images))
		for _, t := range p.Tags {
			fmt.Fprintf(text, "  %s    tag %q\n", p.TagID(t.Name), t.Name)
		}
		for n, i := range p.Iterations {
			name := p.IterationName(n)
			fmt.Fprintf(text, "  %s    iteration %q%s\n", p.IterationID(name), name, exportsSuffix(i.Exports))
		}
	}
}

// exportsSuffix lists the platforms of an iteration's exports.
func exportsSuffix(exports []customvision.SeedExport) string {
	var platforms []string
	for _, e := range exports {
		platforms = append(platforms, strings.TrimSpace(e.Platform+" "+e.Flavor))
	}
	if len(platforms) == 0 {
		return ""
	}
	return ", exported: " + strings.Join(platforms, ", ")
}

// writeEnvFile writes the environment file, which is deleted when the server stops. It
// writes the file atomically, so a process that waits for it never reads a partial file.
func (s *server) writeEnvFile(a announcement) error {
	name := s.options.EnvFile
	if name == "" {
		return nil
	}
	var content bytes.Buffer
	for _, variable := range []struct{ name, value string }{
		{"CUSTOMVISION_ENDPOINT", a.endpoint()},
		{"CUSTOMVISION_TRAINING_KEY", a.trainingKey},
		{"AZURE_STORAGE_CONNECTION_STRING", a.store.connectionString},
		{"CUSTOMVISION_CONTROL_ENDPOINT", a.controlEndpoint()},
		{"CUSTOMVISION_CA_FILE", a.certificate.caFile},
	} {
		if variable.value != "" {
			fmt.Fprintf(&content, "%s=%s\n", variable.name, variable.value)
		}
	}
	temporary := name + ".partial"
	if err := os.WriteFile(temporary, content.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write the environment file: %w", err)
	}
	s.onStop(func(context.Context) error { return os.Remove(name) })
	return os.Rename(temporary, name)
}
