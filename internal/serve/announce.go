package serve

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/internal/textfmt"
)

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

// A variable is an environment variable for programs that use the fake.
type variable struct{ name, value string }

// String returns NAME=VALUE.
func (v variable) String() string { return v.name + "=" + v.value }

// variables returns the environment variables that have a value.
func (a announcement) variables() []variable {
	return slices.DeleteFunc([]variable{
		{"CUSTOMVISION_ENDPOINT", a.endpoint()},
		{"CUSTOMVISION_TRAINING_KEY", a.trainingKey},
		{"AZURE_STORAGE_CONNECTION_STRING", a.store.connectionString},
		{"CUSTOMVISION_CONTROL_ENDPOINT", a.controlEndpoint()},
		{"CUSTOMVISION_CA_FILE", a.certificate.caFile},
	}, func(v variable) bool { return v.value == "" })
}

// writeEnvFile writes the environment file, which is deleted when the server stops. It
// writes the file atomically, so a process that waits for it never reads a partial file.
func (s *server) writeEnvFile(a announcement) error {
	name := s.options.EnvFile
	if name == "" {
		return nil
	}
	var content bytes.Buffer
	for _, v := range a.variables() {
		fmt.Fprintln(&content, v)
	}
	temporary := name + ".partial"
	if err := os.WriteFile(temporary, content.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write the environment file: %w", err)
	}
	s.onStop(func(context.Context) error { return os.Remove(name) })
	return os.Rename(temporary, name)
}
