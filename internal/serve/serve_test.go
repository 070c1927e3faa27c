package serve_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/serve"
)

// unreachable is the connection string of storage that does not respond.
const unreachable = "DefaultEndpointsProtocol=http;AccountName=" + azurite.AccountName +
	";AccountKey=" + azurite.AccountKey +
	";BlobEndpoint=http://127.0.0.1:1/" + azurite.AccountName + ";QueueEndpoint=http://127.0.0.1:1/" + azurite.AccountName

// stream is a buffer that can be read while another goroutine writes to it.
type stream struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *stream) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *stream) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// running is a call of Run.
type running struct {
	*testing.T
	stop           context.CancelFunc
	ended          chan error
	stdout, stderr *stream
	env            map[string]string
	client         *http.Client
}

// run serves the fake with storage that does not respond, and a control plane.
func run(t *testing.T, change func(*serve.Options)) *running {
	t.Helper()
	r := &running{
		T:      t,
		ended:  make(chan error, 1),
		stdout: &stream{},
		stderr: &stream{},
		client: &http.Client{Transport: &http.Transport{}},
	}
	o := serve.Options{
		Listen:           "127.0.0.1:0",
		Control:          "127.0.0.1:0",
		TrainingKey:      "the-training-key",
		Storage:          "external",
		ConnectionString: unreachable,
		EnvFile:          filepath.Join(t.TempDir(), "env"),
		TrainingTime:     time.Second,
		ExportTime:       time.Second,
		ImportTime:       time.Second,
		LogLevel:         "info",
		LogFormat:        "text",
		Stdout:           r.stdout,
		Stderr:           r.stderr,
		Now:              time.Now,
	}
	change(&o)
	ctx, stop := context.WithCancel(t.Context())
	r.stop = stop
	go func() { r.ended <- serve.Run(ctx, o) }()
	t.Cleanup(stop)
	r.until(func() bool {
		select {
		case err := <-r.ended:
			require.NoError(t, err)
			require.FailNow(t, "the server ended", r.stderr.String())
		default:
		}
		data, err := os.ReadFile(o.EnvFile)
		r.env = map[string]string{}
		for line := range strings.Lines(string(data)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			r.env[name] = value
		}
		return err == nil
	})
	return r
}

func (r *running) until(holds func() bool) {
	r.Helper()
	require.Eventually(r, holds, time.Minute, 5*time.Millisecond, "%s", r.stderr)
}

// end stops the server and requires that it returns no error.
func (r *running) end() {
	r.Helper()
	r.client.CloseIdleConnections()
	r.stop()
	select {
	case err := <-r.ended:
		require.NoError(r, err)
	case <-time.After(time.Minute):
		require.FailNow(r, "the server does not end", r.stderr.String())
	}
}

// request sends a request to the API, or to the control plane for a path that begins with "control:".
func (r *running) request(method, path, body string) (*http.Response, string, error) {
	address := r.env["CUSTOMVISION_ENDPOINT"] + "/customvision/v3.3/Training" + path
	if rest, ok := strings.CutPrefix(path, "control:"); ok {
		address = r.env["CUSTOMVISION_CONTROL_ENDPOINT"] + rest
	}
	q, err := http.NewRequestWithContext(r.Context(), method, address, strings.NewReader(body))
	require.NoError(r, err)
	q.Header.Set("Training-Key", "the-training-key")
	response, err := r.client.Do(q)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	return response, string(data), err
}

func (r *running) must(method, path, body string) string {
	r.Helper()
	response, text, err := r.request(method, path, body)
	require.NoError(r, err)
	require.Equal(r, http.StatusOK, response.StatusCode, text)
	return text
}

// startSlowRequest starts a request that the fake delays for an hour. The channel
// receives its result.
func (r *running) startSlowRequest() <-chan string {
	r.Helper()
	r.must("POST", "control:/faults", `{"at":"api","operation":"GetDomains","delay":"1h"}`)
	result := make(chan string, 1)
	go func() {
		response, _, err := r.request("GET", "/domains", "")
		if err != nil {
			result <- "aborted"
			return
		}
		result <- response.Status
	}()
	r.until(func() bool { return strings.Contains(r.must("GET", "control:/faults", ""), `"fired":1`) })
	return result
}

// wait returns the result of a slow request.
func (r *running) wait(result <-chan string) string {
	select {
	case text := <-result:
		return text
	case <-time.After(time.Minute):
		return "nothing"
	}
}

func TestShutdownCompletesRequestsInProgress(t *testing.T) {
	r := run(t, func(o *serve.Options) { o.Grace = time.Hour })
	assert.Contains(t, r.must("GET", "control:/health", ""), `"status":"ok"`)
	result := r.startSlowRequest()
	r.stop()
	r.until(func() bool {
		response, text, err := r.request("GET", "control:/health", "")
		return err == nil && response.StatusCode == http.StatusServiceUnavailable &&
			strings.Contains(text, `{"status":"stopping"}`)
	})
	r.must("POST", "control:/clock/advance", `{"by":"1h"}`)
	assert.Equal(t, "200 OK", r.wait(result))
	r.end()
	_, _, err := r.request("GET", "control:/health", "")
	require.Error(t, err)
	assert.NotContains(t, r.stderr.String(), "aborted")
}

func TestShutdownAbortsRequestsAfterTheGracePeriod(t *testing.T) {
	r := run(t, func(o *serve.Options) { o.Grace = time.Millisecond })
	result := r.startSlowRequest()
	r.end()
	assert.Equal(t, "aborted", r.wait(result))
	assert.Contains(t, r.stderr.String(), "aborted requests in progress")
}

// trust makes the client trust the certificate authority of the server.
func (r *running) trust() {
	pem, err := os.ReadFile(r.env["CUSTOMVISION_CA_FILE"])
	require.NoError(r, err)
	roots := x509.NewCertPool()
	require.True(r, roots.AppendCertsFromPEM(pem))
	r.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
}

func TestTLS(t *testing.T) {
	r := run(t, func(o *serve.Options) {
		o.TLS = serve.TLS{Generate: true, Hosts: []string{"vision.test"}}
		o.Listen = "127.0.0.2:0"
	})
	_, _, err := r.request("GET", "/domains", "")
	require.ErrorContains(t, err, "certificate")
	r.trust()
	response, _, err := r.request("GET", "/domains", "")
	require.NoError(t, err)
	assert.Equal(t, 2, response.ProtoMajor, "HTTP/2")
	require.NoError(t, response.TLS.PeerCertificates[0].VerifyHostname("127.0.0.2"))
	for _, host := range []string{"localhost", "127.0.0.1", "::1", "vision.test"} {
		assert.NoError(t, response.TLS.PeerCertificates[0].VerifyHostname(host), host)
	}
	endpoint, err := url.Parse(r.env["CUSTOMVISION_ENDPOINT"])
	require.NoError(t, err)
	assert.Equal(t, "https", endpoint.Scheme)
	_, err = tls.Dial(
		"tcp",
		endpoint.Host,
		&tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11},
	)
	require.ErrorContains(t, err, "protocol version")
	file := r.env["CUSTOMVISION_CA_FILE"]
	r.end()
	assert.NoFileExists(t, file)
	assert.NoDirExists(t, filepath.Dir(file))
}

// A download link of the fake has the scheme and host of the request.
func TestLinksAreHTTPSOverTLS(t *testing.T) {
	folder := writeSeed(t)
	r := run(t, func(o *serve.Options) {
		o.TLS = serve.TLS{Generate: true, CAFile: filepath.Join(folder, "ca.pem")}
		o.Seed = filepath.Join(folder, "seed.yaml")
	})
	assert.Equal(t, filepath.Join(folder, "ca.pem"), r.env["CUSTOMVISION_CA_FILE"])
	r.trust()
	exports := []struct{ DownloadURI string }{}
	require.NoError(
		t,
		json.Unmarshal(
			[]byte(r.must("GET", "/projects/"+seededProject+"/iterations/"+seededIteration+"/export", "")),
			&exports,
		),
	)
	require.Len(t, exports, 1)
	assert.True(t, strings.HasPrefix(exports[0].DownloadURI, r.env["CUSTOMVISION_ENDPOINT"]+"/"), exports[0].DownloadURI)
	response, err := r.client.Get(exports[0].DownloadURI)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusOK, response.StatusCode)
	images := []struct{ OriginalImageURI string }{}
	require.NoError(t, json.Unmarshal([]byte(r.must("GET", "/projects/"+seededProject+"/images", "")), &images))
	batch := `{"images":[{"url":"` + images[0].OriginalImageURI + `"}]}`
	_, summary, err := r.request("POST", "/projects/"+seededProject+"/images/urls", batch)
	require.NoError(t, err)
	assert.Contains(t, summary, `"status":"OKDuplicate"`, "the fake fetches its own link")
	r.end()
	assert.NoFileExists(t, filepath.Join(folder, "ca.pem"))
}

func TestOwnCertificate(t *testing.T) {
	folder := t.TempDir()
	certificate, key, roots := writeCertificate(t, folder)
	r := run(t, func(o *serve.Options) { o.TLS = serve.TLS{Certificate: certificate, Key: key} })
	assert.NotContains(t, r.env, "CUSTOMVISION_CA_FILE")
	r.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "mine.test"}}
	r.must("GET", "/domains", "")
	r.end()
}
