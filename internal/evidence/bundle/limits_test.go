package bundle

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence/redact"
)

func TestContentsAreKeptToALimit(t *testing.T) {
	w, err := Create(filepath.Join(t.TempDir(), "e.zip"))
	require.NoError(t, err)
	w.contentBudget = 10
	s := w.Section("", &redact.Redactor{})
	keep := func(content string) {
		s.StoreContent(sumOf(content), int64(len(content)), strings.NewReader(content))
	}
	keep("first")
	keep("first")
	keep("sixsix")
	keep("fifth")
	require.NoError(t, w.CloseIncomplete())
	assert.Equal(t, []OmittedContent{{SHA256: sumOf("sixsix"), Length: 6, Reason: TooMany}}, w.omittedContents())
	kept, err := listFiles(os.DirFS(w.Folder()))
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{BlobFile(sumOf("first")), BlobFile(sumOf("fifth"))}, kept)
}

func TestReasonsNameTheLimits(t *testing.T) {
	assert.Equal(t, 16<<20, BlobLimit, TooLarge)
	assert.Equal(t, 128<<20, BlobsLimit, TooMany)
}

func sumOf(content string) string {
	f, _, _ := digest("", strings.NewReader(content))
	return f.SHA256
}
