package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/steps/report"
)

// A reportFile is one --report.
type reportFile struct{ format, path string }

type reportFiles []reportFile

// Renderers write a result, by format.
type renderers map[string]func(io.Writer) error

// openReports makes sure, before anything runs, that every report can be written,
// and is of one of these formats.
func openReports(values []string, formats ...string) (reportFiles, error) {
	var out reportFiles
	for _, v := range values {
		format, path, ok := strings.Cut(v, "=")
		if !ok || path == "" {
			return nil, usage("for example --report json=report.json", "--report %q: give FORMAT=PATH", v)
		}
		if !slices.Contains(formats, format) {
			return nil, usage("", "--report %q: the formats are %s", v, strings.Join(formats, ", "))
		}
		if err := writable(path); err != nil {
			return nil, usage("choose a path in a folder that exists", "--report %s: cannot write %s: %w", format, path, err)
		}
		out = append(out, reportFile{format, path})
	}
	return out, nil
}

// writable says whether the file can be written, and leaves things as they were. A
// file that is not there does not appear meanwhile: somebody may wait for it.
func writable(path string) error {
	if path == "-" {
		return nil
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return file.Close()
	}
	beside, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if wrong := new(os.PathError); errors.As(err, &wrong) {
		wrong.Path = path
	}
	if err != nil {
		return err
	}
	return errors.Join(beside.Close(), os.Remove(beside.Name()))
}

// usesStdout says whether a report goes to standard output.
func (fs reportFiles) usesStdout() bool {
	for _, f := range fs {
		if f.path == "-" {
			return true
		}
	}
	return false
}

func (fs reportFiles) write(stdout io.Writer, by renderers) error {
	var errs []error
	for _, f := range fs {
		if f.path == "-" {
			errs = append(errs, by[f.format](stdout))
		} else {
			errs = append(errs, writeFile(f.path, "the "+f.format+" report", by[f.format]))
		}
	}
	return errors.Join(errs...)
}

// reportRenderers write a report.
func reportRenderers(r *report.Report) renderers {
	return renderers{
		"json":  func(w io.Writer) error { return report.WriteJSON(w, r) },
		"junit": func(w io.Writer) error { return report.WriteJUnit(w, r) },
	}
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
