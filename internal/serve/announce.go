package serve

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// endpoint is where this machine reaches the API.
func (s *server) endpoint() string {
	if s.tls != nil {
		return "https://" + reachable(s.listener.Addr())
	}
	return "http://" + reachable(s.listener.Addr())
}

// controlEndpoint is where this machine reaches the control plane; "" means that
// there is none.
func (s *server) controlEndpoint() string {
	if s.controlListener == nil {
		return ""
	}
	return "http://" + reachable(s.controlListener.Addr())
}

// reachable is the address of a listener as this machine reaches it.
func reachable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsUnspecified() {
		return a.String()
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// announce says that all is ready.
func (s *server) announce(ctx context.Context) error {
	var text bytes.Buffer
	fmt.Fprint(&text, "Custom Vision (fake) is ready.\n\n")
	for _, line := range s.settings() {
		fmt.Fprintf(&text, "  %-12s  %s\n", line.name, line.value)
	}
	printSeed(&text, s.seed)
	if s.azurite == nil {
		fmt.Fprint(&text, "\nCtrl-C stops it.\n")
	} else if err := s.printTutorial(ctx, &text); err != nil {
		return err
	}
	if _, err := s.options.Stdout.Write(text.Bytes()); err != nil {
		return fmt.Errorf("say that all is ready: %w", err)
	}
	return s.writeEnvFile()
}

type setting struct{ name, value string }

func (s *server) settings() []setting {
	list := []setting{{"endpoint", s.endpoint()}, {"Training-Key", s.fake.TrainingKey()}}
	if s.authority != "" {
		list = append(list, setting{"CA file", s.authority})
	}
	if control := s.controlEndpoint(); control != "" {
		list = append(list, setting{"control", control})
	}
	if s.azurite == nil {
		return append(list, setting{"storage", "external"})
	}
	return append(
		list,
		setting{"storage", fmt.Sprintf("Azurite %s (%s)", s.azurite.Version, s.azurite.Kind)},
		setting{"", s.options.ConnectionString},
	)
}

// printSeed prints the ids, which are the same the next time.
func printSeed(text *bytes.Buffer, seed customvision.Seed) {
	for _, p := range seed.Projects {
		fmt.Fprintf(text, "\n  %s  project %q, %d images\n", p.ID(), p.Name, len(p.Images))
		for _, t := range p.Tags {
			fmt.Fprintf(text, "  %s    tag %q\n", p.TagID(t.Name), t.Name)
		}
		for n, i := range p.Iterations {
			name := p.IterationName(n)
			fmt.Fprintf(text, "  %s    iteration %q%s\n", p.IterationID(name), name, exported(i.Exports))
		}
	}
}

func exported(exports []customvision.SeedExport) string {
	list := []string{}
	for _, e := range exports {
		list = append(list, strings.TrimSpace(e.Platform+" "+e.Flavor))
	}
	if len(list) == 0 {
		return ""
	}
	return ", exported: " + strings.Join(list, ", ")
}

// writeEnvFile writes the file in one go, so that who waits for it finds it whole.
func (s *server) writeEnvFile() error {
	name := s.options.EnvFile
	if name == "" {
		return nil
	}
	var content bytes.Buffer
	for _, variable := range []setting{
		{"CUSTOMVISION_ENDPOINT", s.endpoint()}, {"CUSTOMVISION_TRAINING_KEY", s.fake.TrainingKey()},
		{"AZURE_STORAGE_CONNECTION_STRING", s.options.ConnectionString},
		{"CUSTOMVISION_CONTROL_ENDPOINT", s.controlEndpoint()}, {"CUSTOMVISION_CA_FILE", s.authority},
	} {
		if variable.value != "" {
			fmt.Fprintf(&content, "%s=%s\n", variable.name, variable.value)
		}
	}
	temporary := name + ".partial"
	if err := os.WriteFile(temporary, content.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write --env-file: %w", err)
	}
	s.onStop(func(context.Context) error { return os.Remove(name) })
	return os.Rename(temporary, name)
}
