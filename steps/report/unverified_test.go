package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/steps/report"
)

// A reader of any format must see that the identity of the service is not proved.
func TestEveryFormatShowsThatTheCertificateWasNotVerified(t *testing.T) {
	for _, unverified := range []bool{true, false} {
		r := conformant()
		r.Run.Target.CertificateNotVerified = unverified
		for name, want := range map[string]string{"console": "ITS CERTIFICATE WAS NOT VERIFIED", "json": `"unverified": true`,
			"junit": `<property name="warning" value="the certificate of the target was not verified"></property>`} {
			var b strings.Builder
			switch name {
			case "console":
				require.NoError(t, report.WriteConsole(&b, r, report.ConsoleOptions{}))
			case "json":
				require.NoError(t, report.WriteJSON(&b, r))
			case "junit":
				require.NoError(t, report.WriteJUnit(&b, r, report.JUnitOptions{}))
			}
			assert.Equal(t, unverified, strings.Contains(b.String(), want), "%s\n%s", name, b.String())
		}
		assert.Equal(
			t,
			unverified,
			strings.Contains(certificate(t, r, digests()), "**The TLS certificate of the service was not verified**"),
		)
	}
}
