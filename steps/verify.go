package steps

import (
	"context"
	"crypto/ed25519"

	"github.com/cvconform/cvconform/internal/verify"
)

// A Verification is the result of verifying an evidence bundle. Report is the
// report of the bundle (nil if it could not be read); Files, Timelines, Events and
// Contents count its content, and LeftOut the contents of which it has the digest
// only; MadeBy is the version of cvconform that made it; Signed reports whether it
// has a signature; Findings lists the contradictions, and is empty if there are
// none.
type Verification = verify.Verification

// Verify judges an evidence bundle again, without network and storage: it compares
// every file with the manifest, every timeline with itself, and the report with
// the verdicts that the timelines give by the features of this program. If key is
// not nil it also verifies the signature. It proves that the bundle is complete
// and consistent, not who made it.
//
// A [*UsageError] means that nothing was verified: the file is no bundle, or was
// made with other features.
func Verify(ctx context.Context, path string, key ed25519.PublicKey) (*Verification, error) {
	return verify.Run(ctx, path, key, definitions)
}
