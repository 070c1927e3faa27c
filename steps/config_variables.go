package steps

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/userr"
)

// withVariables returns the configuration with its empty fields set from the environment
// variables of the flags of cvconform run.
func (c Config) withVariables(env func(string) string) (Config, error) {
	v := variables{env: env}
	if c.Start == nil {
		v.text("CVCONFORM_TARGET", &c.Target)
	}
	v.text("CVCONFORM_STORAGE", &c.Storage)
	if c.Storage == "azure" { // the accounts may be set for other runs
		v.text("CVCONFORM_BLOB_ACCOUNT", &c.BlobAccount)
		v.text("CVCONFORM_QUEUE_ACCOUNT", &c.QueueAccount)
	}
	v.text("AZURE_STORAGE_CONNECTION_STRING", &c.ConnectionString)
	v.text("CVCONFORM_TRAINING_KEY", &c.TrainingKey)
	v.text("CVCONFORM_AZURITE_IMAGE", &c.AzuriteImage)
	v.text("CVCONFORM_GATEWAY_LISTEN", &c.GatewayListen)
	v.text("CVCONFORM_GATEWAY_ADVERTISE", &c.GatewayAdvertise)
	v.text("CVCONFORM_PROFILE", &c.Profile)
	v.text("CVCONFORM_TIER", &c.Tier)
	v.text("CVCONFORM_CA_FILE", &c.CAFile)
	v.text("CVCONFORM_PREFLIGHT", &c.Preflight)
	v.text("CVCONFORM_EVIDENCE", &c.Evidence)
	v.text("CVCONFORM_RECORD", &c.Record)
	v.list("CVCONFORM_ONLY", &c.Only)
	v.list("CVCONFORM_SKIP", &c.Skip)
	v.list("CVCONFORM_DEFECT", &c.Defects)
	for name, field := range map[string]*bool{
		"CVCONFORM_YES": &c.Yes, "CVCONFORM_STRICT": &c.Strict, "CVCONFORM_ISOLATE": &c.Isolate,
		"CVCONFORM_INSECURE_SKIP_VERIFY": &c.InsecureSkipVerify,
	} {
		setVariable(&v, name, field, !*field, strconv.ParseBool)
	}
	setVariable(&v, "CVCONFORM_PARALLEL", &c.Parallel, c.Parallel == 0, strconv.Atoi)
	setVariable(&v, "CVCONFORM_RATE", &c.Rate, c.Rate == 0,
		func(s string) (float64, error) { return strconv.ParseFloat(s, 64) })
	setVariable(&v, "CVCONFORM_READING", &c.Readings, c.Readings == nil, parsePairs(parseText))
	setVariable(&v, "CVCONFORM_PROVOKE", &c.Provoke, c.Provoke == nil, parsePairs(parseText))
	setVariable(&v, "CVCONFORM_BUDGET", &c.Budgets, c.Budgets == nil, parsePairs(time.ParseDuration))
	return c, errors.Join(v.errs...)
}

// variables are the variables of the environment, and the errors of invalid ones.
type variables struct {
	env  func(string) string
	errs []error
}

func (v *variables) text(name string, field *string) {
	setVariable(v, name, field, *field == "", parseText)
}

func (v *variables) list(name string, field *[]string) {
	setVariable(v, name, field, *field == nil, func(s string) ([]string, error) { return strings.Split(s, ","), nil })
}

// setVariable sets a field that is empty to the value of a variable that is set.
func setVariable[T any](v *variables, name string, field *T, empty bool, parse func(string) (T, error)) {
	value := v.env(name)
	if !empty || value == "" {
		return
	}
	parsed, err := parse(value)
	if err != nil {
		v.errs = append(v.errs, userr.Usagef("", "the variable %s: %w", name, err))
		return
	}
	*field = parsed
}

func parseText(s string) (string, error) { return s, nil }

// parsePairs returns a function that parses NAME=VALUE,….
func parsePairs[T any](parse func(string) (T, error)) func(string) (map[string]T, error) {
	return func(s string) (map[string]T, error) {
		pairs := map[string]T{}
		for pair := range strings.SplitSeq(s, ",") {
			name, text, found := strings.Cut(pair, "=")
			if !found {
				return nil, errors.New(strconv.Quote(pair) + " is not NAME=VALUE")
			}
			value, err := parse(text)
			if err != nil {
				return nil, err
			}
			pairs[name] = value
		}
		return pairs, nil
	}
}
