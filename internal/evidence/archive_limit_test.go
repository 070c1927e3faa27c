package evidence

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An archive is unpacked up to a limit of the bytes that come out of it. Its declared sizes do not
// count.
func TestEachEntryStopsAtTheLimit(t *testing.T) {
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for _, name := range []string{"a", "b"} {
		f, err := w.Create(name)
		require.NoError(t, err)
		_, err = f.Write(make([]byte, 1000))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	for limit, want := range map[int64]error{2000: nil, 1999: errArchiveTooLarge, 1000: errArchiveTooLarge, 999: errArchiveTooLarge, 0: errArchiveTooLarge} {
		read := int64(0)
		err := eachEntry(bytes.NewReader(packed.Bytes()), int64(packed.Len()), limit, func(_ string, entry io.Reader) error {
			n, err := io.Copy(io.Discard, entry)
			read += n
			return err
		})
		assert.ErrorIs(t, err, want, "limit %d", limit)
		assert.LessOrEqual(t, read, limit+1)
	}
}
