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

// nowhere is external storage that does not answer.
const nowhere = "DefaultEndpointsProtocol=http;AccountName=" + azurite.AccountName + ";AccountKey=" + azurite.AccountKey +
	";BlobEndpoint=http://127.0.0.1:1/" + azurite.AccountName + ";QueueEndpoint=http://127.0.0.1:1/" + azurite.AccountName

// stream is a buffer that is read while it is written to.
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

// run serves the fake over storage that does not answer, with a control plane.
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
		ConnectionString: nowhere,
		EnvFile: filepath.Join(
			t.TempDir(),
			"env",
		),
		TrainingTime: time.Second,
		ExportTime:   time.Second,
		ImportTime:   time.Second,
		LogLevel:     "info",
		LogFormat:    "text",
		Stdout:       r.stdout,
		Stderr:       r.stderr,
		Now:          time.Now,
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
			require.FailNow(t, "it ended", r.stderr.String())
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

// end ends it, and wants no error.
func (r *running) end() {
	r.Helper()
	r.client.CloseIdleConnections()
	r.stop()
	select {
	case err := <-r.ended:
		require.NoError(r, err)
	case <-time.After(time.Minute):
		require.FailNow(r, "it does not end", r.stderr.String())
	}
}

// ask calls the API, or the control plane with a path that begins with "control:".
func (r *running) ask(method, path, body string) (*http.Response, string, error) {
	address := r.env["CUSTOMVISION_ENDPOINT"] + "/customvision/v3.3/Training" + path
	if rest, ok := strings.CutPrefix(path, "control:"); ok {
		address = r.env["CUSTOMVISION_CONTROL_ENDPOINT"] + rest
	}
	request, err := http.NewRequestWithContext(r.Context(), method, address, strings.NewReader(body))
	require.NoError(r, err)
	request.Header.Set("Training-Key", "the-training-key")
	answer, err := r.client.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	return answer, string(data), err
}

func (r *running) must(method, path, body string) string {
	r.Helper()
	answer, text, err := r.ask(method, path, body)
	require.NoError(r, err)
	require.Equal(r, http.StatusOK, answer.StatusCode, text)
	return text
}

// held lets a call be held for an hour, and returns what becomes of it.
func (r *running) held() <-chan string {
	r.Helper()
	r.must("POST", "control:/faults", `{"at":"api","operation":"GetDomains","delay":"1h"}`)
	became := make(chan string, 1)
	go func() {
		answer, _, err := r.ask("GET", "/domains", "")
		if err != nil {
			became <- "broken off"
			return
		}
		became <- answer.Status
	}()
	r.until(func() bool { return strings.Contains(r.must("GET", "control:/faults", ""), `"fired":1`) })
	return became
}

// wait waits for what becomes of a call.
func (r *running) wait(became <-chan string) string {
	select {
	case what := <-became:
		return what
	case <-time.After(time.Minute):
		return "nothing"
	}
}

func TestRunningCallsAreAnsweredWhileItStops(t *testing.T) {
	r := run(t, func(o *serve.Options) { o.Grace = time.Hour })
	assert.Contains(t, r.must("GET", "control:/health", ""), `"status":"ok"`)
	became := r.held()
	r.stop()
	r.until(func() bool {
		answer, text, err := r.ask("GET", "control:/health", "")
		return err == nil && answer.StatusCode == http.StatusServiceUnavailable &&
			strings.Contains(text, `{"status":"stopping"}`)
	})
	r.must("POST", "control:/clock/advance", `{"by":"1h"}`)
	assert.Equal(t, "200 OK", r.wait(became))
	r.end()
	_, _, err := r.ask("GET", "control:/health", "")
	require.Error(t, err)
	assert.NotContains(t, r.stderr.String(), "broke off")
}

func TestCallsThatGoOnAreBrokenOff(t *testing.T) {
	r := run(t, func(o *serve.Options) { o.Grace = time.Millisecond })
	became := r.held()
	r.end()
	assert.Equal(t, "broken off", r.wait(became))
	assert.Contains(t, r.stderr.String(), "broke off calls that were still running")
}

// trust makes the client trust the authority of --tls.
func (r *running) trust() {
	pem, err := os.ReadFile(r.env["CUSTOMVISION_CA_FILE"])
	require.NoError(r, err)
	roots := x509.NewCertPool()
	require.True(r, roots.AppendCertsFromPEM(pem))
	r.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
}

func TestTLS(t *testing.T) {
	r := run(t, func(o *serve.Options) {
		o.TLS = serve.TLS{SelfSigned: true, Hosts: []string{"vision.test"}}
		o.Listen = "127.0.0.2:0"
	})
	_, _, err := r.ask("GET", "/domains", "")
	require.ErrorContains(t, err, "certificate")
	r.trust()
	answer, _, err := r.ask("GET", "/domains", "")
	require.NoError(t, err)
	assert.Equal(t, 2, answer.ProtoMajor, "HTTP/2")
	require.NoError(t, answer.TLS.PeerCertificates[0].VerifyHostname("127.0.0.2"))
	for _, host := range []string{"localhost", "127.0.0.1", "::1", "vision.test"} {
		assert.NoError(t, answer.TLS.PeerCertificates[0].VerifyHostname(host), host)
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

// What lies in the service's own storage is reached as the service was.
func TestLinksAreHTTPSOverTLS(t *testing.T) {
	folder := writeSeed(t)
	r := run(t, func(o *serve.Options) {
		o.TLS = serve.TLS{SelfSigned: true, CAFile: filepath.Join(folder, "ca.pem")}
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
	answer, err := r.client.Get(exports[0].DownloadURI)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	r.end()
	assert.NoFileExists(t, filepath.Join(folder, "ca.pem"))
}

func TestCertificateOfTheUser(t *testing.T) {
	folder := t.TempDir()
	certificate, key, roots := writeCertificate(t, folder)
	r := run(t, func(o *serve.Options) { o.TLS = serve.TLS{Certificate: certificate, Key: key} })
	assert.NotContains(t, r.env, "CUSTOMVISION_CA_FILE")
	r.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "mine.test"}}
	r.must("GET", "/domains", "")
	r.end()
}
