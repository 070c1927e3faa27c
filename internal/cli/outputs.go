package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/cvconform/cvconform/internal/report"
)

// A reportFile is one --report.
type reportFile struct{ format, path string }

type reportFiles []reportFile

// openReports makes sure, before anything runs, that every report can be written.
func openReports(values []string) (reportFiles, error) {
	var out reportFiles
	for _, v := range values {
		format, path, ok := strings.Cut(v, "=")
		if !ok || path == "" {
			return nil, usage("for example --report json=report.json", "--report %q: give FORMAT=PATH", v)
		}
		if format != "json" && format != "junit" {
			return nil, usage("", "--report %q: the formats are json, junit", v)
		}
		if err := writable(path); err != nil {
			return nil, usage("choose a path in a folder that exists", "--report %s: cannot write %s: %w", format, path, err)
		}
		out = append(out, reportFile{format, path})
	}
	return out, nil
}

// writable opens the file for writing and leaves things as they were.
func writable(path string) error {
	if path == "-" {
		return nil
	}
	_, err := os.Stat(path)
	missing := errors.Is(err, os.ErrNotExist)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	err = file.Close()
	if missing {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// standard says whether a report goes to standard output.
func (fs reportFiles) standard() bool {
	for _, f := range fs {
		if f.path == "-" {
			return true
		}
	}
	return false
}

func (fs reportFiles) write(r *report.Report, stdout io.Writer) error {
	var errs []error
	for _, f := range fs {
		errs = append(errs, f.write(r, stdout))
	}
	return errors.Join(errs...)
}

func (f reportFile) write(r *report.Report, stdout io.Writer) error {
	render := report.WriteJSON
	if f.format == "junit" {
		render = report.WriteJUnit
	}
	if f.path == "-" {
		return render(stdout, r)
	}
	return writeFile(f.path, "the "+f.format+" report", func(w io.Writer) error { return render(w, r) })
}

// writeFile writes what render renders to a file.
func writeFile(path, what string, render func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	return errors.Join(render(file), file.Close())
}

// digestOf is the SHA-256 of a file, in lower-case hex.
func digestOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// keyFrom reads the key in a PEM file that a flag names.
func keyFrom[K any](flag, path string, parse func([]byte) (K, error)) (K, error) {
	var none K
	content, err := os.ReadFile(path)
	if err != nil {
		return none, usage("", "%s: %w", flag, err)
	}
	key, err := parse(content)
	if err != nil {
		return none, usage("the README says how openssl makes a pair of keys", "%s: %s: %w", flag, path, err)
	}
	return key, nil
}
