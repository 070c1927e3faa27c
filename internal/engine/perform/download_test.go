package perform

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/observe/gateway"
	"github.com/cvconform/cvconform/internal/observe/poller"
	"github.com/cvconform/cvconform/internal/storage"
)

func sum(s string) string {
	digest := sha256.Sum256([]byte(s))
	return hex.EncodeToString(digest[:])
}

// zipArchive returns a zip archive with these files and a folder.
func zipArchive(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	_, err := w.Create("folder/")
	require.NoError(t, err)
	for name, content := range files {
		f, err := w.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(f, content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.String()
}

func writes(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func TestFetch(t *testing.T) {
	packed := zipArchive(t, map[string]string{"model.onnx": "weights", "labels.txt": "ring\nstripe"})
	for name, c := range map[string]struct {
		content string
		entries map[string]string
		format  string
	}{
		"an archive": {packed, map[string]string{"model.onnx": sum("weights"), "labels.txt": sum("ring\nstripe")},
			"a zip archive"},
		"a broken archive": {packed[:len(packed)-10], nil, "a zip archive"},
		"gzip data":        {"\x1f\x8b\x08", nil, "gzip data"},
		"no archive":       {"model", nil, ""},
		"empty":            {"", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := fetch(writes(c.content), nil)
			require.NoError(t, err)
			want := content{length: int64(len(c.content)), sum: sum(c.content), entries: c.entries, format: c.format}
			assert.Equal(t, want, got)
		})
	}
}

func TestContentThatIsShorterThanAnnounced(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "9")
		_, _ = io.WriteString(w, "model")
	}))
	defer s.Close()
	_, err := getOverHTTP(t.Context(), s.Client(), s.URL, io.Discard)
	assert.EqualError(t, err, "the content has 5 bytes, its Content-Length says 9")
}

func TestFetchStoresCompleteContents(t *testing.T) {
	stored := map[string]string{}
	store := func(sum string, length int64, content io.ReaderAt) {
		data, err := io.ReadAll(io.NewSectionReader(content, 0, length+1))
		require.NoError(t, err)
		stored[sum] = string(data)
	}
	_, err := fetch(writes("model"), store)
	require.NoError(t, err)
	_, err = fetch(func(io.Writer) error { return errors.New("broken off") }, store)
	require.Error(t, err)
	assert.Equal(t, map[string]string{sum("model"): "model"}, stored)
}

func TestFetchDeletesItsTemporaryFile(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	_, err := fetch(writes("model"), nil)
	require.NoError(t, err)
	got, err := fetch(func(w io.Writer) error { _, _ = io.WriteString(w, "mod"); return errors.New("broken off") }, nil)
	assert.EqualError(t, err, "broken off")
	assert.Equal(t, content{length: 3}, got, "the length of an incomplete content is evidence")
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestFindInStorage(t *testing.T) {
	account, err := storage.Open("DefaultEndpointsProtocol=http;AccountName=acct;AccountKey=a2V5;"+
		"BlobEndpoint=http://127.0.0.1:10000/acct;QueueEndpoint=http://127.0.0.1:10001/acct", storage.Options{})
	require.NoError(t, err)
	nowhere := &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
	front, err := gateway.Start(gateway.Options{Blob: nowhere, Queue: nowhere})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, front.Close(t.Context())) })
	calls := caller{Performer: &Performer{Account: account, Observer: front}}
	for name, c := range map[string]struct {
		link, container, blob string
		ok                    bool
	}{
		"on the gateway":    {front.BlobURL().String() + "/acct/c1/p%20-%20i.onnx", "c1", "p - i.onnx", true},
		"on storage":        {"http://127.0.0.1:10000/acct/c1/a/b.zip", "c1", "a/b.zip", true},
		"signed":            {"http://127.0.0.1:10000/acct/c1/b?sv=1&sig=s", "", "", false},
		"another account":   {"http://127.0.0.1:10000/other/c1/b", "", "", false},
		"another host":      {"http://127.0.0.1:10009/acct/c1/b", "", "", false},
		"a container alone": {"http://127.0.0.1:10000/acct/c1", "", "", false},
		"no URL":            {"http://%zz", "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			container, blob, ok := calls.findInStorage(c.link)
			assert.Equal(t, c.ok, ok)
			if ok {
				assert.Equal(t, []string{c.container, c.blob}, []string{container, blob})
			}
		})
	}
}

// Without a gateway, links refer to the account itself, whose name may be in the host.
func TestFindInStorageWithoutGateway(t *testing.T) {
	account, err := storage.Open(
		"DefaultEndpointsProtocol=https;AccountName=real;AccountKey=a2V5;EndpointSuffix=core.windows.net",
		storage.Options{},
	)
	require.NoError(t, err)
	p := newExecution(&Performer{Account: account, Observer: &poller.Poller{}, Now: time.Now}, 1, &situation.ActTree{})
	container, blob, ok := p.findInStorage("https://real.blob.core.windows.net/c1/f/b.zip")
	assert.Equal(t, []any{"c1", "f/b.zip", true}, []any{container, blob, ok})
	for _, link := range []string{
		"https://real.queue.core.windows.net/c1/b",
		"https://real.blob.core.windows.net/c1",
		"https://real.blob.core.windows.net/c1/b?sig=s",
	} {
		_, _, ok := p.findInStorage(link)
		assert.False(t, ok, link)
	}
	name, uri := p.resources.newName(evidence.Queue)
	assert.Equal(t, "https://real.queue.core.windows.net/"+name, uri)
}

func TestDeniedStorageNeedsTheGateway(t *testing.T) {
	p := newExecution(&Performer{Observer: &poller.Poller{}, Now: time.Now}, 1, &situation.ActTree{})
	_, err := p.attemptURI(t.Context(), evidence.Queue, situation.Forbidden)
	require.EqualError(t, err, "a queue that denies every request needs the gateway, and this run has none")
}
