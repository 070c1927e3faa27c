package steps

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/userr"
)

func setTarget(c Config, s *session.Settings) (err error) {
	if s.Target.Spec, err = c.spec(); err != nil {
		return err
	}
	if c.Start != nil {
		s.Target.Start = c.start
	}
	s.Target.TrainingKey = c.TrainingKey
	if s.Target.Kind == target.Endpoint && c.TrainingKey == "" {
		return userr.Usagef("set Config.TrainingKey", "target %s needs its training key", s.Target)
	}
	return nil
}

// spec returns the parsed target.
func (c Config) spec() (target.Spec, error) {
	switch {
	case c.Start == nil:
		return target.Parse(c.Target)
	case c.Target != "":
		return target.Spec{}, userr.Usagef("leave Config.Target or Config.Start out",
			"the target %q and a function that starts the service exclude each other", c.Target)
	}
	return target.Spec{Kind: target.Function}, nil
}

func setProvocations(c Config, s *session.Settings) error {
	s.Target.Provoke = map[situation.Failure]string{}
	if s.Target.IsFake() {
		s.Target.Provoke = session.FakeProvocations()
	}
	if err := target.CheckProvocations(c.Provoke); err != nil {
		return err
	}
	for name, prefix := range c.Provoke {
		s.Target.Provoke[session.Failures()[name]] = prefix
	}
	return nil
}

func setDefects(c Config, s *session.Settings) (err error) {
	if len(c.Defects) > 0 && !s.Target.IsFake() {
		return userr.Usagef("Config.Defects is for the targets fake and container", "target %s has no defects", s.Target)
	}
	if s.Target.Defects, err = defect.Choose(c.Defects...); err != nil {
		return &UsageError{Err: err, Hint: "steps.Defects lists all"}
	}
	return nil
}

// setImage sets the ports and the environment of an image.
func setImage(c Config, s *session.Settings) error {
	if s.Target.Kind != target.Image && len(c.ImageEnv)+len(c.ImagePorts) > 0 {
		return userr.Usagef("Config.ImageEnv and Config.ImagePorts are for image:REF", "target %s is not an image", s.Target)
	}
	for i, port := range c.ImagePorts {
		if port < 1 || port > 65535 {
			return fmt.Errorf("invalid image port %d: must be 1 to 65535", port)
		}
		if slices.Contains(c.ImagePorts[:i], port) {
			return fmt.Errorf("image port %d is given twice", port)
		}
	}
	s.Target.Ports = c.ImagePorts
	return setImageEnv(c, s)
}

func setImageEnv(c Config, s *session.Settings) error {
	seen := map[string]bool{}
	for _, given := range c.ImageEnv {
		name, value, secret, err := parseVariable(given)
		switch {
		case err != nil:
			return err
		case slices.Contains(target.ReservedVariables(), name):
			return userr.Usagef(reservedVariableHint(name), "cvconform itself sets the image variable %s", name)
		case seen[name]:
			return fmt.Errorf("image variable %s is given twice", name)
		}
		seen[name] = true
		s.Target.Variables = append(s.Target.Variables, name+"="+value)
		if secret {
			s.Target.VariableSecrets = append(s.Target.VariableSecrets, value)
		}
	}
	return nil
}

// reservedVariableHint returns how to change a variable that every service gets.
func reservedVariableHint(name string) string {
	if name == "PORT" {
		return "Config.ImagePorts sets the port that the image listens on"
	}
	return "let the start script of the image copy it to another name"
}

// parseVariable parses NAME=VALUE, or takes the value of NAME from the
// environment, where it may be a secret.
func parseVariable(given string) (name, value string, secret bool, err error) {
	name, value, hasValue := strings.Cut(given, "=")
	switch {
	case name == "" || strings.ContainsAny(name, " \t\r\n\x00"):
		return "", "", false, fmt.Errorf("invalid image variable %q (use NAME=VALUE or NAME)", given)
	case hasValue:
		return name, value, false, nil
	}
	value, set := os.LookupEnv(name)
	if !set {
		return "", "", false, userr.Usagef("set it, or give NAME=VALUE",
			"image variable %s is not set in the environment", name)
	}
	return name, value, true, nil
}
