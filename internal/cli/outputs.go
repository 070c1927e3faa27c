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

const (
	// chooseFolder is the hint for a path that cannot be written.
	chooseFolder = "choose a path in a folder that exists"
	// keyHint is the hint for a file that does not contain a usable key.
	keyHint = "create a key pair with: openssl genpkey -algorithm ed25519 -out key.pem; " +
		"openssl pkey -in key.pem -pubout -out public.pem"
)

// A reportFile is one value of --report. The path - is standard output.
type reportFile struct{ format, path string }

type reportFiles []reportFile

// renderers write a result, by the name of the format.
type renderers map[string]func(io.Writer) error

// openReports parses the values of --report, and checks before the run starts that each
// has one of the formats and can be written.
func openReports(values []string, formats ...string) (reportFiles, error) {
	var out reportFiles
	for _, v := range values {
		format, path, ok := strings.Cut(v, "=")
		if !ok || path == "" {
			return nil, usage("for example --report json=report.json", "invalid --report %q (use FORMAT=PATH)", v)
		}
		if !slices.Contains(formats, format) {
			return nil, usage("", "unknown format in --report %q (use %s)", v, joinOr(formats))
		}
		if err := writable(path); err != nil {
			return nil, usage(chooseFolder, "--report %s: cannot write %s: %w", format, path, err)
		}
		if path == "-" && out.usesStdout() {
			return nil, usage("give one of them a path", "two reports cannot both go to standard output")
		}
		out = append(out, reportFile{format, path})
	}
	return out, nil
}

// writable reports whether path can be written, without creating or changing it. Another
// process may be waiting for the file to appear, so it must not exist early.
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
	probe, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if pathError := new(os.PathError); errors.As(err, &pathError) {
		pathError.Path = path
	}
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// usesStdout reports whether a report goes to standard output.
func (fs reportFiles) usesStdout() bool {
	return slices.ContainsFunc(fs, func(f reportFile) bool { return f.path == "-" })
}

// textStream returns the stream for the text that a person reads: standard error if a
// report goes to standard output.
func (fs reportFiles) textStream(w Runtime) io.Writer {
	if fs.usesStdout() {
		return w.Stderr
	}
	return w.Stdout
}

// write writes every report.
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

// joinOr returns the words as a list that ends with "or".
func joinOr(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// reportFormats returns the formats of --report for a run.
func reportFormats() []string { return []string{"json", "junit", "markdown", "ctrf", "badge"} }

// reportRenderers returns the renderers of --report for a run.
func reportRenderers(r *report.Report, junit report.JUnitOptions) renderers {
	inFlags := func(render func(io.Writer, *report.Report) error) func(io.Writer) error {
		return func(w io.Writer) error {
			return writeInFlags(w, func(w io.Writer) error { return render(w, r) })
		}
	}
	return renderers{
		"json":     func(w io.Writer) error { return report.WriteJSON(w, r) },
		"junit":    inFlags(func(w io.Writer, r *report.Report) error { return report.WriteJUnit(w, r, junit) }),
		"markdown": inFlags(report.WriteMarkdown),
		"ctrf":     inFlags(report.WriteCTRF),
		"badge":    inFlags(report.WriteBadge),
	}
}

// writeConsole writes the report for the user of this command.
func writeConsole(w io.Writer, r *report.Report, o report.ConsoleOptions) error {
	return writeInFlags(w, func(w io.Writer) error { return report.WriteConsole(w, r, o) })
}

// writeFile writes the output of render to a file. name is the name of the content for
// an error.
func writeFile(path, name string, render func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return errors.Join(render(file), file.Close())
}

// digestOf returns the SHA-256 of a file, in lower-case hex.
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

// keyFrom reads the key in the PEM file that a flag names.
func keyFrom[K any](flag, path string, parse func([]byte) (K, error)) (K, error) {
	var none K
	content, err := os.ReadFile(path)
	if err != nil {
		return none, usage("", "%s: %w", flag, err)
	}
	key, err := parse(content)
	if err != nil {
		return none, usage(keyHint, "%s: %s: %w", flag, path, err)
	}
	return key, nil
}
