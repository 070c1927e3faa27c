package steps

import (
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/steps/report"
)

// Consecutive certificates of the same service have the same verdicts. CVCONFORM_SOAK sets their number.
func TestCertificatesAgree(t *testing.T) {
	t.Parallel()
	runs := 5
	if text := os.Getenv("CVCONFORM_SOAK"); text != "" {
		var err error
		runs, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	var first map[string]report.Verdict
	for n := range runs {
		r, err := Certify(t.Context(), Config{Storage: "external", ConnectionString: shared.connection(t),
			Provoke: map[string]string{"training-failure": failTraining, "export-failure": failExport}})
		require.NoError(t, err)
		require.Equal(t, report.Conformant, r.Verdict, "certificate %d: %v", n+1, r.Controls.Problems)
		if first == nil {
			first = verdicts(r)
		}
		assert.Equal(t, first, verdicts(r), "certificate %d", n+1)
	}
}
