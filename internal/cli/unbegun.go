package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/steps"
	"github.com/cvconform/cvconform/steps/report"
)

// An unbegunFunc writes the reports of a run that did not begin, and returns its error.
type unbegunFunc func(context.Context, Runtime, error) error

// reportUsageErrors makes a command write its reports also if its flags or arguments are
// invalid.
func (f *runFlags) reportUsageErrors(c *cobra.Command, w Runtime, unbegun unbegunFunc) {
	checkArgs := c.Args
	c.Args = func(c *cobra.Command, args []string) error {
		return unbegun(c.Context(), w, argumentError(c, checkArgs(c, args)))
	}
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		f.reports = namedReports(w.Args) // the flags after the invalid one have not been parsed
		return unbegun(c.Context(), w, c.Parent().FlagErrorFunc()(c, err))
	})
}

// namedReports returns the values of --report on a command line.
func namedReports(args []string) (values []string) {
	for i, arg := range args {
		value, joined := strings.CutPrefix(arg, "--report=")
		switch {
		case joined:
			values = append(values, value)
		case arg == "--report" && i+1 < len(args):
			values = append(values, args[i+1])
		}
	}
	return values
}

// unbegun writes the report of a run that did not begin to the files of --report, so
// that they do not show the result of an earlier run. It returns err, or nil if err is
// nil.
func (f *runFlags) unbegun(ctx context.Context, w Runtime, err error) error {
	if err == nil {
		return nil
	}
	r := f.errorReport(ctx, err)
	by, errs := reportRenderers(r, f.format.junit), []error{err, writeForGitHub(w, w.Stderr, r)}
	toStdout := 0
	for _, value := range f.reports {
		format, path, _ := strings.Cut(value, "=")
		if path == "-" {
			toStdout++
		}
		if by[format] != nil && path != "" && (path != "-" || toStdout == 1) && writable(path) == nil {
			errs = append(errs, reportFiles{{format, path}}.write(w.Stdout, by))
		}
	}
	return errors.Join(errs...)
}

// errorReport returns the report of a run that did not begin, with flags in place of the
// Go API.
func (f *runFlags) errorReport(ctx context.Context, err error) *report.Report {
	r := steps.ErrorReport(f.config, err)
	if code, _ := explainError(ctx, err); code == Interrupted {
		r.Error.Kind, r.Error.Message = "interrupted", "interrupted before anything was judged"
	}
	r.Error.Message, r.Error.Hint = inFlags(r.Error.Message), inFlags(r.Error.Hint)
	return r
}

// unbegun does the same as for run, and also replaces the certificate.
func (f *certifyFlags) unbegun(ctx context.Context, w Runtime, err error) error {
	if err == nil {
		return nil
	}
	return errors.Join(f.runFlags.unbegun(ctx, w, err), f.denyCertificate(f.errorReport(ctx, err)))
}

// denyCertificate replaces the file of the certificate by one that says that it is none.
func (f *certifyFlags) denyCertificate(r *report.Report) error {
	if f.certificate == "-" || writable(f.certificate) != nil {
		return nil
	}
	return writeFile(f.certificate, "the certificate", func(to io.Writer) error {
		return report.WriteCertificate(to, r, report.Digests{})
	})
}

// remove deletes the files of the reports of an earlier run.
func (fs reportFiles) remove() {
	for _, f := range fs {
		if info, err := os.Stat(f.path); err == nil && info.Mode().IsRegular() {
			_ = os.Remove(f.path) // writable has shown that it can be changed
		}
	}
}
