package cli

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/steps"
	"github.com/cvconform/cvconform/steps/report"
)

// findingsShown is how many findings of a bundle are printed: where much is wrong
// the first of it says enough.
const findingsShown = 20

func newVerify(w Runtime) *cobra.Command {
	keyFile := ""
	c := &cobra.Command{
		Use:   "verify BUNDLE",
		Short: "Judge an evidence bundle again",
		Long: "Judge an evidence bundle again, with no network and no storage: every file by its digest, every timeline by itself,\n" +
			"every verdict by the evidence. This proves that the bundle is whole and agrees with itself; who made it is proved\n" +
			"by a signature alone.\n\n" +
			"Exit codes: 0 all of it agrees · 1 something was changed, is missing or does not follow, or the signature is not the\n" +
			"key's · 2 no bundle, a bundle made with other features than this program's, or no usable key",
		Example: "  cvconform verify cvconform-evidence.zip\n  cvconform verify cvconform-evidence.zip --key public.pem",
		Args:    cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&keyFile, "key", "", "hold the signature against this Ed25519 public key (PEM file, PKIX)")
	c.RunE = func(c *cobra.Command, args []string) error {
		var key ed25519.PublicKey
		if keyFile != "" {
			var err error
			if key, err = keyFrom("--key", keyFile, evidence.PublicKey); err != nil {
				return err
			}
		}
		return verify(c.Context(), w, args[0], key)
	}
	return c
}

func verify(ctx context.Context, w Runtime, path string, key ed25519.PublicKey) error {
	v, err := steps.Verify(ctx, path, key)
	if err != nil {
		return err
	}
	if len(v.Findings) > 0 {
		fmt.Fprintf(
			w.Stdout,
			"%s does not hold: %d findings (made by cvconform %s, verified by %s)\n",
			path,
			len(v.Findings),
			v.MadeBy,
			version(),
		)
		for _, f := range v.Findings[:min(findingsShown, len(v.Findings))] {
			fmt.Fprintf(w.Stdout, "  ✗ %s\n", strings.ReplaceAll(f, "\n", "\n    "))
		}
		return exitError{code: NotConformant}
	}
	sum, err := digestOf(path)
	if err != nil {
		return err
	}
	return printVerified(w, path, sum, v, key != nil)
}

// printVerified says what was verified, and what that proves.
func printVerified(w Runtime, path, sum string, v *steps.Verification, signature bool) error {
	r := v.Report
	judged, all, rest := r.MustCounts()
	t := tabwriter.NewWriter(w.Stdout, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(t, "%s\t%s\n", name, report.EscapeControl(fmt.Sprintf(format, args...)))
	}
	line("bundle", "%s, sha256:%s", path, sum)
	line("files", "%d, each as the manifest says; none missing, none besides", v.Files)
	line("timelines", "%d with %d events, each agrees with itself and with the report", v.Timelines, v.Events)
	line("contents", "%d of blobs and downloads held, %d known by their digest only", v.Contents, v.LeftOut)
	line("made by", "cvconform %s, verified by %s", v.MadeBy, version())
	line("features", "sha256:%s, those of this program", r.Run.Suite.FeaturesDigest)
	line("judged again", "%d requirements: every verdict and every count follows", len(r.Requirements))
	if r.Controls.Reference != "" {
		line("controls", "judged again too: reference %s, null server %s", r.Controls.Reference, r.Controls.Null)
	}
	line("signature", "%s", signed(v.Signed, signature))
	line("target", "%s at %s, profile %s", r.Run.Target.Kind, r.Run.Target.Endpoint, r.Run.Profile)
	line("musts", "%d of %d judged", judged, all)
	if len(rest) > 0 {
		line("not judged", "%s", strings.Join(rest, ", "))
	}
	line("verdict", "%s", r.Verdict)
	return t.Flush()
}

func signed(there, held bool) string {
	switch {
	case held:
		return "that of the key, over this manifest"
	case there:
		return "there is one, nobody looked at it (--key): the bundle is whole, its origin is not proved"
	}
	return "none: the bundle is whole, its origin is not proved"
}
