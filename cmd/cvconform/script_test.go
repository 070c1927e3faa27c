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

// fetch is a program for scripts: fetch METHOD URL [BODY] sends the training key
// and prints the answer. It fails where that is an error, and trusts the
// authority in CUSTOMVISION_CA_FILE.
func fetch() {
	status, err := exchange(os.Args[1], os.Args[2], strings.Join(os.Args[3:], " "), os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || status >= http.StatusBadRequest {
		os.Exit(1)
	}
}

func exchange(method, address, body string, out io.Writer) (status int, err error) {
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
	answer, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(out, answer.Body)
	return answer.StatusCode, err
}

// source takes variables from a file of KEY=VALUE: source env.
func source(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: source FILE")
	}
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		ts.Setenv(name, value)
	}
}

// pictures writes pictures of which no two are the same: pictures FOLDER FIRST COUNT.
func pictures(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: pictures FOLDER FIRST COUNT")
	}
	folder := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(folder, 0o755))
	first, err := strconv.Atoi(args[1])
	ts.Check(err)
	count, err := strconv.Atoi(args[2])
	ts.Check(err)
	for n := first; n < first+count; n++ {
		picture := image.NewGray(image.Rect(0, 0, 4, 4))
		picture.Set(0, 0, color.Gray{Y: uint8(n)})
		var data bytes.Buffer
		ts.Check(png.Encode(&data, picture))
		ts.Check(os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.png", n)), data.Bytes(), 0o644))
	}
}

func until(t *testing.T, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, time.Minute, 10*time.Millisecond)
}
