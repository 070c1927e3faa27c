package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cvconform/cvconform/steps"
	"github.com/cvconform/cvconform/steps/report"
)

// defaultEvidence is where certify puts its bundle.
const defaultEvidence = "cvconform-evidence.zip"

// A certifyFlags holds the flags of certify.
type certifyFlags struct {
	runFlags
	certificate string
}

func newCertify(w Runtime) *cobra.Command {
	f := &certifyFlags{}
	c := &cobra.Command{
		Use:   "certify",
		Short: "Judge a service by the whole contract, with controls and evidence, and print a certificate",
		Long: "Judge a service by the whole contract. Two controls prove the suite first: the fake has to be conformant, and a\n" +
			"server that answers everything with {} has to fail every must. The evidence goes into a bundle that cvconform\n" +
			"verify judges again, the certificate to standard output, everything else to standard error.\n\n" + exitCodes,
		Example: "  cvconform certify --target 'exec:./my-service'\n" +
			"  cvconform certify --target http://localhost:8080 --sign key.pem --certificate certificate.md --report json=report.json",
		Args: cobra.NoArgs,
	}
	f.register(c.Flags(), defaultEvidence)
	c.Flags().StringVar(&f.certificate, "certificate", "-", "write the certificate, in Markdown; - is standard output")
	c.RunE = func(c *cobra.Command, _ []string) error {
		err := configure(c.Flags(), w.Env, f.file)
		if err == nil {
			err = rejectSelection(c.Flags())
		}
		if err != nil {
			return err
		}
		return f.certify(c.Context(), w)
	}
	return c
}

// rejectSelection refuses what a certificate takes in no form, wherever it was given.
func rejectSelection(flags *pflag.FlagSet) error {
	for _, name := range []string{"only", "skip"} {
		if flags.Changed(name) {
			return usage(
				"cvconform run judges a part of it",
				"--%s: a certificate is about the whole contract, it takes no selection",
				name,
			)
		}
	}
	if flags.Changed("isolate") {
		return usage(
			"cvconform run --isolate compares the two",
			"--isolate: a certificate is about situations as they are shared",
		)
	}
	return nil
}

func (f *certifyFlags) certify(ctx context.Context, w Runtime) error {
	outputs, err := f.prepare(w)
	if err != nil {
		return err
	}
	r, err := f.runAndReport(ctx, w, steps.Certify)
	if r == nil {
		return err
	}
	err = errors.Join(
		err,
		outputs.write(w.Stdout, reportRenderers(r)),
		report.WriteConsole(w.Stderr, r, w.Color && w.Terminal),
	)
	if err == nil && r.Run.Complete {
		err = f.writeCertificate(w, r)
	}
	return exitStatus(r, err)
}

// prepare makes sure, before anything runs, that the certificate has a place and
// something to rest on.
func (f *certifyFlags) prepare(w Runtime) (reportFiles, error) {
	outputs, err := f.runFlags.prepare(w)
	switch {
	case err != nil:
		return nil, err
	case f.config.Evidence == "":
		return nil, usage(
			"leave it out for "+defaultEvidence,
			"--evidence: a certificate rests on its evidence, it needs a path",
		)
	case f.certificate == "-" && outputs.usesStdout():
		return nil, usage("give --certificate PATH", "a report and the certificate cannot both go to standard output")
	}
	if err := writable(f.certificate); err != nil {
		return nil, usage("choose a path in a folder that exists", "--certificate: cannot write %s: %w", f.certificate, err)
	}
	return outputs, nil
}

// writeCertificate writes the certificate, with the digests to pin.
func (f *certifyFlags) writeCertificate(w Runtime, r *report.Report) error {
	s := report.Digests{BundlePath: f.config.Evidence, Signed: f.config.Sign != nil}
	var err error
	if s.Bundle, err = digestOf(f.config.Evidence); err != nil {
		return fmt.Errorf("pin the evidence: %w", err)
	}
	if s.Program, err = digestOf(w.Executable); err != nil {
		return fmt.Errorf("pin this program: %w", err)
	}
	if f.certificate == "-" {
		return report.WriteCertificate(w.Stdout, r, s)
	}
	return writeFile(
		f.certificate,
		"the certificate",
		func(to io.Writer) error { return report.WriteCertificate(to, r, s) },
	)
}
