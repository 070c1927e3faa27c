package azurestorage_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
)

// stub is an account that records its requests and responds with a given status.
type stub struct {
	*httptest.Server
	mu       sync.Mutex
	requests []recorded
	status   int // 0 means success
	code     string
}

type recorded struct {
	method, uri, authorization, body string
}

func newStub(t *testing.T) *stub {
	s := &stub{}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, recorded{r.Method, r.RequestURI, r.Header.Get("Authorization"), string(body)})
	if s.status != 0 {
		w.Header().Set("X-Ms-Error-Code", s.code)
		w.WriteHeader(s.status)
		return
	}
	w.WriteHeader(map[string]int{
		"DELETE": http.StatusAccepted, "PUT": http.StatusCreated, "POST": http.StatusCreated,
	}[r.Method])
}

// connectionString returns a connection string with path-style endpoints, like that of Azurite.
func (s *stub) connectionString() string {
	key := base64.StdEncoding.EncodeToString([]byte("secret"))
	return "DefaultEndpointsProtocol=http;AccountName=acct;AccountKey=" + key +
		";BlobEndpoint=" + s.URL + "/acct;QueueEndpoint=" + s.URL + "/acct;"
}

func newStorage(t *testing.T, connection string) *azurestorage.Storage {
	storage, err := azurestorage.New(azurestorage.Options{ConnectionString: connection})
	require.NoError(t, err)
	return storage
}

func TestRequestsAreSignedWithAccountKey(t *testing.T) {
	s := newStub(t)
	storage, ctx := newStorage(t, s.connectionString()), t.Context()
	require.NoError(t, storage.PutBlob(ctx, s.URL+"/acct/models", "a - b.ONNX", []byte("model")))
	require.NoError(t, storage.DeleteBlob(ctx, s.URL+"/acct/models/", "folder/x"))
	require.NoError(t, storage.SendMessage(ctx, s.URL+"/acct/notes", `{"a":"<b>"}`))
	require.Len(t, s.requests, 3)
	for _, r := range s.requests {
		assert.True(t, strings.HasPrefix(r.authorization, "SharedKey acct:"), r.uri)
	}
	assert.Equal(
		t,
		"PUT /acct/models/a%20-%20b.ONNX model",
		s.requests[0].method+" "+s.requests[0].uri+" "+s.requests[0].body,
	)
	assert.Equal(t, "DELETE /acct/models/folder/x", s.requests[1].method+" "+s.requests[1].uri)
	assert.Equal(t, "POST /acct/notes/messages", s.requests[2].method+" "+s.requests[2].uri)
	assert.Contains(t, s.requests[2].body, "<MessageText>{&#34;a&#34;:&#34;&lt;b&gt;&#34;}</MessageText>")
}

func TestSASIsUsedInsteadOfAccountKey(t *testing.T) {
	s := newStub(t)
	for name, connection := range map[string]string{"no account": "", "account": s.connectionString()} {
		t.Run(name, func(t *testing.T) {
			s.requests = nil
			storage, ctx := newStorage(t, connection), t.Context()
			require.NoError(t, storage.PutBlob(ctx, s.URL+"/acct/models?sv=1&sig=a%2Bb", "x", nil))
			require.NoError(t, storage.SendMessage(ctx, s.URL+"/acct/notes?sv=1&sig=a%2Bb", "m"))
			require.Len(t, s.requests, 2)
			assert.Contains(t, s.requests[0].uri, "/acct/models/x?")
			assert.Contains(t, s.requests[1].uri, "/acct/notes/messages?")
			for _, r := range s.requests {
				assert.Contains(t, r.uri, "sig=a%2Bb")
				assert.Empty(t, r.authorization)
			}
		})
	}
}

func TestUnusableURIsCauseNoRequest(t *testing.T) {
	s := newStub(t)
	storage := newStorage(t, s.connectionString())
	for _, uri := range []string{
		"https://other.queue.core.windows.net/notes", // no key, no SAS
		s.URL + "/other/notes",
		s.URL + "/acct",
		s.URL + "/acct/notes/messages",
		"notes",
	} {
		require.Error(t, storage.SendMessage(t.Context(), uri, "m"), uri)
		require.Error(t, storage.PutBlob(t.Context(), uri, "x", nil), uri)
		require.Error(t, storage.DeleteBlob(t.Context(), uri, "x"), uri)
	}
	assert.Empty(t, s.requests)
}

func TestErrorsNameStatusAndCode(t *testing.T) {
	for name, c := range map[string]struct {
		status, requests int
		code             string
	}{
		"no role":     {403, 1, "AuthorizationPermissionMismatch"},
		"not found":   {404, 1, "QueueNotFound"},
		"throttled":   {429, 1, "TooManyRequests"},
		"unavailable": {503, 3, "ServerBusy"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStub(t)
			s.status, s.code = c.status, c.code
			err := newStorage(t, s.connectionString()).SendMessage(t.Context(), s.URL+"/acct/notes?sig=secret", "m")
			require.ErrorContains(t, err, c.code)
			assert.NotContains(t, err.Error(), "secret")
			assert.Len(t, s.requests, c.requests)
		})
	}
}

// A deletion may be retried because its response was lost.
func TestDeleteOfMissingBlobSucceeds(t *testing.T) {
	for code, want := range map[string]string{
		"BlobNotFound": "", "ContainerNotFound": "storage returned 404 ContainerNotFound",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("x-ms-error-code", code)
			w.WriteHeader(http.StatusNotFound)
		}))
		t.Cleanup(server.Close)
		s := &stub{Server: server}
		err := newStorage(t, s.connectionString()).DeleteBlob(t.Context(), server.URL+"/acct/models", "x")
		if want == "" {
			assert.NoError(t, err, code)
		} else {
			assert.EqualError(t, err, want)
		}
	}
}

// A message whose response was lost may have been stored, so it is not sent again.
func TestMessagesAreNotSentTwice(t *testing.T) {
	var calls atomic.Int32
	account := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		calls.Add(1)
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(account.Close)
	storage := newStorage(t, "")
	require.ErrorContains(t, storage.SendMessage(t.Context(), account.URL+"/acct/notes?sig=x", "m"), "not reached")
	assert.Equal(t, int32(1), calls.Load())
	require.ErrorContains(t, storage.PutBlob(t.Context(), account.URL+"/acct/models?sig=x", "b", nil), "not reached")
	assert.Equal(t, int32(4), calls.Load(), "the write of a blob is retried")
}

func TestUnreachableStorageFailsSoon(t *testing.T) {
	s := newStub(t)
	s.Close()
	start := time.Now()
	err := newStorage(t, "").SendMessage(t.Context(), s.URL+"/acct/notes?sig=secret", "m")
	require.ErrorContains(t, err, "not reached")
	assert.NotContains(t, err.Error(), "secret")
	assert.Less(t, time.Since(start), 5*time.Second)
}

func TestOnlyAllowedHostsAreReached(t *testing.T) {
	const uri = "http://storage.example:1/acct/notes?sig=secret"
	err := newStorage(t, "").SendMessage(t.Context(), uri, "m")
	require.ErrorContains(t, err, "host storage.example is not on the list")
	assert.NotContains(t, err.Error(), "secret")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, o := range map[string]azurestorage.Options{
		"allowed": {AllowHosts: []string{"*.example"}},
		"account": {ConnectionString: "AccountName=a;AccountKey=QQ==;BlobEndpoint=http://b.example;" +
			"QueueEndpoint=http://storage.example:1/acct"},
	} {
		storage, err := azurestorage.New(o)
		require.NoError(t, err)
		require.ErrorIs(t, storage.SendMessage(ended, uri, "m"), context.Canceled, "%s: the host is allowed", name)
	}
	_, err = azurestorage.New(azurestorage.Options{AllowHosts: []string{"http://h"}})
	require.ErrorContains(t, err, `allowed hosts: "http://h" is not the name of a host`)
}

func TestNewReportsInvalidConnectionStrings(t *testing.T) {
	for connection, problem := range map[string]string{
		"AccountName=a":              "AccountKey",
		"nonsense":                   "AccountName",
		"AccountName=a;AccountKey=!": "Base64",
		"AccountName=a;AccountKey=QQ==;BlobEndpoint=x": "BlobEndpoint",
		"AccountName=a;AccountKey=QQ==":                "",
	} {
		_, err := azurestorage.New(azurestorage.Options{ConnectionString: connection})
		if problem == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, problem)
	}
}
