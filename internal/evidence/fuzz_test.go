package evidence_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
)

// FuzzDecodeEvents tests that accepted text is encoded to the same bytes.
func FuzzDecodeEvents(f *testing.F) {
	text, err := evidence.EncodeEvents(recorded(f))
	require.NoError(f, err)
	f.Add(text)
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"seq":1,"at":1,"act":"","kind":"wait","wait":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		events, err := evidence.DecodeEvents(text)
		if err != nil {
			return
		}
		again, err := evidence.EncodeEvents(events)
		assert.NoError(t, err)
		assert.Equal(t, string(text), string(again))
		_ = evidence.Validate(events, time.Time{})
	})
}
