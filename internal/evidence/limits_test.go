package evidence

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An archive is unpacked as far as the limit, by what comes out of it and not by
// what it says.
func TestArchivesAreUnpackedToALimit(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"a", "b"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), make([]byte, 1000), 0o644))
	}
	var packed bytes.Buffer
	require.NoError(t, zipFiles(&packed, os.DirFS(folder), []string{"a", "b"}))
	for limit, want := range map[int64]error{2000: nil, 1999: errUnpacked, 1000: errUnpacked, 999: errUnpacked, 0: errUnpacked} {
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

func TestContentsAreKeptToALimit(t *testing.T) {
	w, err := Create(filepath.Join(t.TempDir(), "e.zip"))
	require.NoError(t, err)
	w.contentBudget = 10
	s := w.Section("", &Redactor{})
	keep := func(content string) {
		s.StoreContent(digestOf([]byte(content)), int64(len(content)), strings.NewReader(content))
	}
	keep("first")
	keep("first")
	keep("sixsix")
	keep("fifth")
	require.NoError(t, w.CloseIncomplete())
	assert.Equal(t, []OmittedContent{{SHA256: digestOf([]byte("sixsix")), Length: 6, Reason: TooMany}}, w.leftOut())
	kept, err := filesIn(w.Folder())
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{BlobFile(digestOf([]byte("first"))), BlobFile(digestOf([]byte("fifth")))}, kept)
}

func TestReasonsNameTheLimits(t *testing.T) {
	assert.Equal(t, 16<<20, BlobLimit, TooLarge)
	assert.Equal(t, 128<<20, BlobsLimit, TooMany)
}
