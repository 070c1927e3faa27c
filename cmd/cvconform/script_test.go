package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// fetch is a program for scripts: fetch METHOD URL [BODY] sends a request with the
// training key and prints the response. It fails if the status is an error. It trusts the
// certificate authority in CUSTOMVISION_CA_FILE.
func fetch() {
	status, err := sendRequest(os.Args[1], os.Args[2], strings.Join(os.Args[3:], " "), os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || status >= http.StatusBadRequest {
		os.Exit(1)
	}
}

// sendRequest sends a request, copies the body of the response to out, and returns its
// status.
func sendRequest(method, address, body string, out io.Writer) (status int, err error) {
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Training-Key", os.Getenv("CUSTOMVISION_TRAINING_KEY"))
	client := http.Client{Transport: &http.Transport{}}
	if pem, err := os.ReadFile(os.Getenv("CUSTOMVISION_CA_FILE")); err == nil {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	}
	response, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(out, response.Body)
	return response.StatusCode, err
}

// source sets variables from a file of lines KEY=VALUE: source FILE.
func source(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: source FILE")
	}
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		ts.Setenv(name, value)
	}
}

// writeImages writes different images: images FOLDER FIRST COUNT.
func writeImages(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: images FOLDER FIRST COUNT")
	}
	folder := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(folder, 0o755))
	first, err := strconv.Atoi(args[1])
	ts.Check(err)
	count, err := strconv.Atoi(args[2])
	ts.Check(err)
	for n := first; n < first+count; n++ {
		pixels := image.NewGray(image.Rect(0, 0, 4, 4))
		pixels.Set(0, 0, color.Gray{Y: uint8(n)})
		var data bytes.Buffer
		ts.Check(png.Encode(&data, pixels))
		ts.Check(os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.png", n)), data.Bytes(), 0o644))
	}
}

// until waits, for a minute at most, until the condition holds.
func until(t *testing.T, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, time.Minute, 10*time.Millisecond)
}
