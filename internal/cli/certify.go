package cli

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cvconform/cvconform/steps"
	"github.com/cvconform/cvconform/steps/report"
)

// defaultEvidence is the path of certify's evidence bundle.
const defaultEvidence = "cvconform-evidence.zip"

// certifyFlags holds the flags of certify.
type certifyFlags struct {
	runFlags
	certificate string
	subject     string
}

const certifyHelp = `Judge a service by the whole contract. Two controls check the suite first: the fake must be
conformant, and a server that responds to every request with {} must fail every must. The certificate
goes to standard output, the evidence into a bundle that cvconform verify judges again, and
everything else to standard error.

`

func newCertify(w Runtime) *cobra.Command {
	f := &certifyFlags{}
	c := &cobra.Command{
		Use:   "certify",
		Short: "Judge a service by the whole contract, with controls and evidence, and print a certificate",
		Long:  certifyHelp + exitCodes,
		Example: "  cvconform certify --target 'exec:./my-service'\n" +
			"  cvconform certify --target http://localhost:8080 --sign key.pem --certificate certificate.md",
		Args: cobra.NoArgs,
	}
	f.register(c.Flags(), defaultEvidence)
	c.Flags().StringVar(&f.certificate, "certificate", "-",
		"write the certificate, as Markdown, to this file; - is standard output")
	c.Flags().StringVar(&f.subject, "subject", "", "name of the service in the certificate, NAME@VERSION")
	f.reportUsageErrors(c, w, f.unbegun)
	c.RunE = func(c *cobra.Command, _ []string) error { return f.certify(c, w) }
	return c
}

// rejectSelection returns an error if a flag is set that a certificate does not permit,
// whether by the command line, the environment or the configuration file.
func rejectSelection(flags *pflag.FlagSet) error {
	for _, name := range []string{"only", "skip"} {
		if flags.Changed(name) {
			return usage("cvconform run judges a selection",
				"--%s: a certificate covers the whole contract, so it takes no selection", name)
		}
	}
	if flags.Changed("isolate") {
		return usage("cvconform run --isolate performs each situation separately",
			"--isolate: a certificate covers situations as scenarios share them")
	}
	return nil
}

func (f *certifyFlags) certify(c *cobra.Command, w Runtime) error {
	outputs, err := f.prepare(c, w)
	var r *report.Report
	if err == nil {
		r, err = f.runAndReport(c.Context(), w, steps.Certify)
	}
	if r == nil {
		return f.unbegun(c.Context(), w, err)
	}
	err = errors.Join(
		err,
		outputs.write(w.Stdout, reportRenderers(r, f.format.junit)),
		f.show(w, w.Stderr, r, w.Color && w.Terminal),
	)
	switch {
	case !r.Run.Complete:
		err = errors.Join(err, f.denyCertificate(r))
	case err == nil:
		err = f.writeCertificate(w, r)
	}
	return exitStatus(r, err)
}

// prepare builds the configuration, and checks before the run starts that the
// certificate and the reports can be written.
func (f *certifyFlags) prepare(c *cobra.Command, w Runtime) (reportFiles, error) {
	outputs, err := f.runFlags.prepare(c, w)
	if err == nil {
		err = rejectSelection(c.Flags())
	}
	switch {
	case err != nil:
		return nil, err
	case f.config.Evidence == "":
		return nil, usage("leave it out for "+defaultEvidence, "--evidence: a certificate needs a path for its evidence")
	case f.certificate == "-" && outputs.usesStdout():
		return nil, usage("give --certificate PATH", "a report and the certificate cannot both go to standard output")
	}
	if err := writable(f.certificate); err != nil {
		return nil, usage(chooseFolder, "--certificate: cannot write %s: %w", f.certificate, err)
	}
	return outputs, nil
}

// writeCertificate writes the certificate, with the digests of the program and of the
// evidence.
func (f *certifyFlags) writeCertificate(w Runtime, r *report.Report) error {
	d := report.Digests{BundlePath: f.config.Evidence, Signed: f.config.Sign != nil, Subject: f.subject}
	d.Verify = "cvconform verify " + shellQuote(f.config.Evidence)
	if d.Signed {
		d.Verify += " --key public.pem"
	}
	var err error
	if d.Bundle, err = digestOf(f.config.Evidence); err != nil {
		return fmt.Errorf("compute the digest of the evidence: %w", err)
	}
	if d.Program, err = digestOf(w.Executable); err != nil {
		return fmt.Errorf("compute the digest of this program: %w", err)
	}
	d.Executable = executableDigest(f.config.Target)
	render := func(to io.Writer) error { return report.WriteCertificate(to, r, d) }
	if f.certificate == "-" {
		return render(w.Stdout)
	}
	return writeFile(f.certificate, "the certificate", render)
}

// executableDigest returns the digest of the program that an exec target starts; "" for other targets, and if
// the program is not found.
func executableDigest(target string) string {
	command, isCommand := strings.CutPrefix(target, "exec:")
	words := strings.Fields(command)
	if !isCommand || len(words) == 0 {
		return ""
	}
	path, err := exec.LookPath(words[0])
	if err != nil {
		return ""
	}
	digest, _ := digestOf(path)
	return digest
}
