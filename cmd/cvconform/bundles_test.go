package main

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// writeKeys writes the keys for the scripts: the pair private.pem and public.pem, the
// public key of another pair, and a pair of another algorithm.
func writeKeys(folder string) error {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	other, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	for name, key := range map[string]any{"private.pem": private, "public.pem": public, "other.pem": other,
		"curve-private.pem": curve, "curve-public.pem": curve.Public()} {
		if err := writeKey(filepath.Join(folder, name), key); err != nil {
			return err
		}
	}
	return nil
}

func writeKey(path string, key any) error {
	kind, marshal := "PRIVATE KEY", x509.MarshalPKCS8PrivateKey
	if !strings.Contains(path, "private") {
		kind, marshal = "PUBLIC KEY", x509.MarshalPKIXPublicKey
	}
	der, err := marshal(key)
	if err != nil {
		return err
	}
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

// corrupt replaces the first occurrence of a text in a file of a bundle: corrupt BUNDLE FILE FROM TO.
func corrupt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: corrupt BUNDLE FILE FROM TO")
	}
	path := ts.MkAbs(args[0])
	r, err := zip.OpenReader(path)
	ts.Check(err)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	found := false
	for _, f := range r.File {
		content, err := r.Open(f.Name)
		ts.Check(err)
		text, err := io.ReadAll(content)
		ts.Check(err)
		if f.Name == args[1] {
			found = bytes.Contains(text, []byte(args[2]))
			text = bytes.Replace(text, []byte(args[2]), []byte(args[3]), 1)
		}
		to, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: f.Modified})
		ts.Check(err)
		_, err = to.Write(text)
		ts.Check(err)
	}
	ts.Check(w.Close())
	ts.Check(r.Close())
	if !found {
		ts.Fatalf("%s has no %q in it", args[1], args[2])
	}
	ts.Check(os.WriteFile(path, out.Bytes(), 0o644))
}

// contains checks that a file of a bundle contains a match: contains BUNDLE FILE REGEXP.
func contains(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: contains BUNDLE FILE REGEXP")
	}
	bundle, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer bundle.Close()
	content, err := fs.ReadFile(bundle, args[1])
	if err != nil && !neg {
		ts.Fatalf("%v", err)
	}
	if regexp.MustCompile(args[2]).Match(content) == neg {
		ts.Fatalf("%s of %s: %s", args[1], args[0], content)
	}
}

// lacks checks that no file of a folder or bundle contains a match: lacks PATH REGEXP.
func lacks(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lacks PATH REGEXP")
	}
	files, unwanted := os.DirFS(ts.MkAbs(args[0])), regexp.MustCompile(args[1])
	if strings.HasSuffix(args[0], ".zip") {
		bundle, err := zip.OpenReader(ts.MkAbs(args[0]))
		ts.Check(err)
		defer bundle.Close()
		files = bundle
	}
	checked := 0
	ts.Check(fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if found := unwanted.Find(content); found != nil {
			ts.Fatalf("%s of %s has %q", name, args[0], found)
		}
		checked++
		return err
	}))
	if checked == 0 {
		ts.Fatalf("%s is empty", args[0])
	}
}

// capture sets a variable to the first group of the first match in a file: capture
// VARIABLE FILE REGEXP.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: capture VARIABLE FILE REGEXP")
	}
	found := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
	if len(found) < 2 {
		ts.Fatalf("%s has no match for %s", args[1], args[2])
	}
	ts.Setenv(args[0], found[1])
}
