package azurestorage_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
)

func TestCheckURI(t *testing.T) {
	for uri, problem := range map[string]string{
		"https://acct.blob.core.windows.net/models":     "",
		"https://acct.blob.core.windows.net/models/":    "",
		"http://127.0.0.1:10000/acct/models?sv=1&sig=a": "",
		"http://acct.blob.localhost:10000/models":       "",
		"":       "not an absolute http or https URI",
		"models": "not an absolute http or https URI",
		"ftp://acct.blob.core.windows.net/models":          "not an absolute http or https URI",
		"http:///acct/models":                              "not an absolute http or https URI",
		"http://[::1/acct/models":                          "cannot be parsed",
		"http://u:p@127.0.0.1/acct/models":                 "a part that no storage URI has",
		"http://127.0.0.1/acct/models#x":                   "a part that no storage URI has",
		"http://127.0.0.1/acct/models?x=1":                 "not a shared access signature",
		"https://acct.queue.core.windows.net/models":       "does not serve a blob",
		"https://acct.blob.core.windows.net/":              "not a valid name",
		"https://acct.blob.core.windows.net/models/x":      "its path has 2 segments, not 1",
		"http://127.0.0.1/models":                          "its path has 1 segments, not 2",
		"http://127.0.0.1/acct/Models":                     "not a valid name",
		"http://127.0.0.1/acct/m":                          "not a valid name",
		"http://127.0.0.1/acct/a--b":                       "not a valid name",
		"http://127.0.0.1/acct/" + strings.Repeat("a", 64): "not a valid name",
	} {
		err := azurestorage.CheckURI(uri, "blob")
		if problem == "" {
			assert.NoError(t, err, uri)
			continue
		}
		assert.ErrorContains(t, err, problem, uri)
	}
}

func FuzzURI(f *testing.F) {
	f.Add("https://acct.blob.core.windows.net/models", "p - i.CoreML")
	f.Add("http://127.0.0.1:10000/acct/models?sv=1&sig=a%2Bb", "CustomVision-TestPermission/x")
	f.Add("http://[::1]:1/acct/models/", "a%/+?#ü")
	f.Add("http://127.0.0.1/acct/models?sig", "")
	f.Fuzz(func(t *testing.T, uri, name string) {
		if azurestorage.CheckURI(uri, "blob") != nil {
			return
		}
		built, err := azurestorage.BlobURI(uri, name, true)
		require.NoError(t, err)
		want, err := url.Parse(uri)
		require.NoError(t, err)
		got, err := url.Parse(built)
		require.NoError(t, err, built)
		assert.Equal(t, want.Host, got.Host, "the blob has the host of its container")
		assert.Equal(t, strings.TrimRight(want.Path, "/")+"/"+name, got.Path, "the blob is below its container")
		assert.Equal(t, want.RawQuery, got.RawQuery)
	})
}
