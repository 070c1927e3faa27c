package cli

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/textfmt"
	"github.com/cvconform/cvconform/steps"
)

// maxFindings is the number of findings that are printed.
const maxFindings = 20

const verifyHelp = `Judge an evidence bundle again, without a network or storage: check every file against its
digest, every timeline for consistency, and every verdict against the evidence. This proves that
the bundle is complete and consistent. Only a signature proves its origin.

Exit codes: 0 valid · 1 a file was changed or is missing, a verdict does not follow, or the
signature does not match the key · 2 not a bundle, a bundle of other features than this
program's, or no usable key`

func newVerify(w Runtime) *cobra.Command {
	keyFile := ""
	c := &cobra.Command{
		Use:     "verify BUNDLE",
		Short:   "Judge an evidence bundle again",
		Long:    verifyHelp,
		Example: "  cvconform verify cvconform-evidence.zip\n  cvconform verify cvconform-evidence.zip --key public.pem",
		Args:    cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&keyFile, "key", "", "verify the signature with this Ed25519 public key (PEM file, PKIX)")
	c.RunE = func(c *cobra.Command, args []string) error {
		var key ed25519.PublicKey
		if keyFile != "" {
			var err error
			if key, err = keyFrom("--key", keyFile, bundle.PublicKey); err != nil {
				return err
			}
		}
		return verify(c.Context(), w, args[0], key)
	}
	return c
}

// verify verifies the bundle at path. key may be nil.
func verify(ctx context.Context, w Runtime, path string, key ed25519.PublicKey) error {
	v, err := steps.Verify(ctx, path, key)
	if err != nil {
		return err
	}
	if len(v.Findings) > 0 {
		fmt.Fprintf(w.Stdout, "%s is not valid: %d findings (written by cvconform %s, verified by %s)\n",
			path, len(v.Findings), v.MadeBy, version())
		for _, f := range v.Findings[:min(maxFindings, len(v.Findings))] {
			fmt.Fprintln(w.Stdout, textfmt.HangingIndent("  ✗ ", inFlags(f)))
		}
		return exitError{code: NotConformant}
	}
	digest, err := bundleDigest(path)
	if err != nil {
		return err
	}
	return printVerification(w, path, digest, v, key != nil)
}

// bundleDigest returns the digest that identifies a bundle: of the zip, or of the manifest in a folder.
func bundleDigest(path string) (string, error) {
	file, name := path, "sha256:"
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		file, name = filepath.Join(path, "manifest.json"), "manifest sha256:"
	}
	digest, err := digestOf(file)
	return name + digest, err
}

// printVerification prints the facts that the verification has proved.
func printVerification(w Runtime, path, digest string, v *steps.Verification, hasKey bool) error {
	r := v.Report
	judged, all, rest := r.MustCounts()
	t := tabwriter.NewWriter(w.Stdout, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(t, "%s\t%s\n", name, textfmt.EscapeControl(fmt.Sprintf(format, args...)))
	}
	line("bundle", "%s, %s", path, digest)
	line("files", "%d, all as in the manifest; none is missing or added", v.Files)
	line("timelines", "%d with %d events, consistent with themselves and with the report", v.Timelines, v.Events)
	line("contents", "%d of blobs and downloads, and %d as a digest only", v.Contents, v.LeftOut)
	line("written by", "cvconform %s, verified by %s", v.MadeBy, version())
	line("features", "sha256:%s, the same as those of this program", r.Run.Suite.FeaturesDigest)
	line("judged again", "%d requirements, with the same verdicts and counts", len(r.Requirements))
	if r.Controls.Reference != "" {
		line("controls", "judged again: reference %s, null server %s", r.Controls.Reference, r.Controls.Null)
	}
	line("signature", "%s", signatureText(v.Signed, hasKey))
	line("target", "%s at %s, profile %s", r.Run.Target.Kind, r.Run.Target.Endpoint, r.Run.Profile)
	line("musts", "%d of %d judged", judged, all)
	if len(rest) > 0 {
		line("not judged", "%s", strings.Join(rest, ", "))
	}
	line("verdict", "%s", r.Verdict)
	return t.Flush()
}

// signatureText describes the signature of a valid bundle.
func signatureText(isSigned, hasKey bool) string {
	switch {
	case hasKey:
		return "valid, made with the private key of --key"
	case isSigned:
		return "present, not checked (pass --key): digests match, the signer was not verified"
	}
	return "none: digests match, the origin is not proved"
}
