package cli

import (
	"bytes"
	"io"
	"maps"
	"regexp"
)

// fieldSources returns, for each field of the Go API's configurations, the flag or
// environment variable that sets it. "" means that the command line has none.
func fieldSources() map[string]string {
	all := runSources()
	for _, more := range []map[string]string{cleanSources(), selftestSources(), driftSources(), serveSources()} {
		maps.Copy(all, more)
	}
	return all
}

func runSources() map[string]string {
	return map[string]string{
		"Config.Target":             "--target",
		"Config.Start":              "",
		"Config.TrainingKey":        "CVCONFORM_TRAINING_KEY or --training-key-file",
		"Config.Storage":            "--storage",
		"Config.ConnectionString":   "AZURE_STORAGE_CONNECTION_STRING",
		"Config.BlobAccount":        "--blob-account",
		"Config.QueueAccount":       "--queue-account",
		"Config.AzuriteImage":       "--azurite-image",
		"Config.CacheDir":           "",
		"Config.GatewayListen":      "--gateway-listen",
		"Config.GatewayAdvertise":   "--gateway-advertise",
		"Config.Profile":            "--profile",
		"Config.Readings":           "--reading",
		"Config.Only":               "--only",
		"Config.Skip":               "--skip",
		"Config.Parallel":           "--parallel",
		"Config.Tier":               "--tier",
		"Config.Yes":                "--yes",
		"Config.Strict":             "--strict",
		"Config.Isolate":            "--isolate",
		"Config.Budgets":            "--budget",
		"Config.Provoke":            "--provoke",
		"Config.Defects":            "--defect",
		"Config.Evidence":           "--evidence",
		"Config.Record":             "--record",
		"Config.Sign":               "--sign",
		"Config.CAFile":             "--ca-file",
		"Config.InsecureSkipVerify": "--insecure-skip-verify",
		"Config.Rate":               "--rate",
		"Config.Preflight":          "--preflight",
		"Config.ImageEnv":           "--image-env",
		"Config.ImagePorts":         "--image-port",
		"Config.Rerun":              "",
		"Config.Progress":           "",
	}
}

func cleanSources() map[string]string {
	return map[string]string{
		"CleanConfig.Config":     "",
		"CleanConfig.Run":        "--run",
		"CleanConfig.OlderThan":  "--older-than",
		"CleanConfig.DryRun":     "--dry-run",
		"CleanConfig.OnLeftover": "",
		"CleanConfig.Tell":       "",
	}
}

func selftestSources() map[string]string {
	return map[string]string{
		"SelftestConfig.Defects":          "--defect",
		"SelftestConfig.Only":             "--only",
		"SelftestConfig.All":              "--all",
		"SelftestConfig.Storage":          "--storage",
		"SelftestConfig.ConnectionString": "AZURE_STORAGE_CONNECTION_STRING",
		"SelftestConfig.AzuriteImage":     "--azurite-image",
		"SelftestConfig.CacheDir":         "",
		"SelftestConfig.Parallel":         "--parallel",
		"SelftestConfig.Progress":         "",
	}
}

func driftSources() map[string]string {
	return map[string]string{
		"DriftConfig.Recording":        "",
		"DriftConfig.Ignore":           "--ignore",
		"DriftConfig.Storage":          "--storage",
		"DriftConfig.ConnectionString": "AZURE_STORAGE_CONNECTION_STRING",
		"DriftConfig.AzuriteImage":     "--azurite-image",
		"DriftConfig.CacheDir":         "",
		"DriftConfig.Parallel":         "--parallel",
		"DriftConfig.Progress":         "",
	}
}

func serveSources() map[string]string {
	return map[string]string{
		"Options.Listen":           "--listen",
		"Options.Control":          "--control",
		"Options.TLS.Certificate":  "--tls-cert",
		"Options.TLS.Key":          "--tls-key",
		"Options.TLS.Generate":     "--tls",
		"Options.TLS.Hosts":        "--tls-host",
		"Options.TLS.CAFile":       "--tls-ca-file",
		"Options.TrainingKey":      "CUSTOMVISION_TRAINING_KEY",
		"Options.Storage":          "--storage",
		"Options.CAFile":           "--ca-file",
		"Options.ConnectionString": "AZURE_STORAGE_CONNECTION_STRING",
		"Options.AzuriteImage":     "--azurite-image",
		"Options.AllowHosts":       "--allow-host",
		"Options.Seed":             "--seed",
		"Options.EnvFile":          "--env-file",
		"Options.Command":          "",
		"Options.Provoke":          "--provoke",
		"Options.Defects":          "--defect",
		"Options.TestFolder":       "--test-folder",
		"Options.MessageEncoding":  "--message-encoding",
		"Options.TrainingTime":     "--training-time",
		"Options.ExportTime":       "--export-time",
		"Options.ImportTime":       "--import-time",
		"Options.LogLevel":         "--log-level",
		"Options.LogFormat":        "--log-format",
		"Options.Grace":            "",
		"Options.Stdout":           "",
		"Options.Stderr":           "",
		"Options.Now":              "",
	}
}

// functionCommands returns the command for each function of the Go API.
func functionCommands() map[string]string {
	return map[string]string{
		"steps.Run":      "cvconform run",
		"steps.Certify":  "cvconform certify",
		"steps.Plan":     "cvconform plan",
		"steps.Clean":    "cvconform clean",
		"steps.Verify":   "cvconform verify",
		"steps.Selftest": "cvconform selftest",
		"steps.Defects":  "cvconform selftest --list",
		"steps.Drift":    "cvconform drift",
		"steps.Examine":  "cvconform doctor",
		"features.Load":  "cvconform list",
	}
}

var (
	// apiName matches a field or function of the Go API.
	apiName = regexp.MustCompile(`\b(?:[A-Z][a-z]+Config|Config|Options|steps|features)(?:\.[A-Z]\w*)+`)
	// commandWithFlag matches a command that is joined to its flag by a word.
	commandWithFlag = regexp.MustCompile(`(cvconform [a-z]+) with (--)`)
)

// inFlags replaces the fields and functions of the Go API in a message by the flags,
// environment variables and commands that stand for them.
func inFlags(message string) string {
	sources, commands := fieldSources(), functionCommands()
	message = apiName.ReplaceAllStringFunc(message, func(name string) string {
		for _, table := range []map[string]string{sources, commands} {
			if word := table[name]; word != "" {
				return word
			}
		}
		return name
	})
	return commandWithFlag.ReplaceAllString(message, "$1 $2")
}

// writeInFlags writes a text for people to w, with flags in place of the Go API.
func writeInFlags(w io.Writer, render func(io.Writer) error) error {
	var text bytes.Buffer
	if err := render(&text); err != nil {
		return err
	}
	_, err := io.WriteString(w, inFlags(text.String()))
	return err
}
