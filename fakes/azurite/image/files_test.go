package main

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestImageContainsNeededFilesAndLicences(t *testing.T) {
	installation := t.TempDir()
	for _, name := range []string{
		"node", "library.so",
		"node_modules/azurite/dist/src/azurite.js",
		"node_modules/azurite/dist/src/azurite.js.map",
		"node_modules/azurite/dist/src/azurite.d.ts",
		"node_modules/azurite/README.md",
		"node_modules/azurite/LICENSE.md",
		"node_modules/.bin/azurite",
		"node_modules/@opentelemetry/api/build/esm/index.js",
		"node_modules/@opentelemetry/api/build/src/index.js",
	} {
		file := filepath.Join(installation, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(name), 0o644))
	}
	library := filepath.Join(installation, "library.so")
	var archive bytes.Buffer
	node := &nodeBinary{path: filepath.Join(installation, "node"), libraries: []string{library}}
	require.NoError(t, writeFiles(&archive, node, installation))
	assert.ElementsMatch(t, []string{
		"tmp/", "usr/local/bin/node", "usr/local/bin/azurite", inArchive(library),
		"opt/azurite/node_modules/azurite/dist/src/azurite.js",
		"opt/azurite/node_modules/azurite/LICENSE.md",
		"opt/azurite/node_modules/@opentelemetry/api/build/src/index.js",
	}, archiveNames(t, &archive))
}

func TestLibraryPathMatchesOutputOfLdd(t *testing.T) {
	const output = "\tlinux-vdso.so.1 (0x00007f0c161f5000)\n" +
		"\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f0c160ff000)\n" +
		"\t/lib64/ld-linux-x86-64.so.2 (0x00007f0c161f7000)\n"
	var found []string
	for _, match := range libraryPath.FindAllStringSubmatch(output, -1) {
		found = append(found, match[1])
	}
	assert.Equal(t, []string{"/lib/x86_64-linux-gnu/libm.so.6", "/lib64/ld-linux-x86-64.so.2"}, found)
}

func archiveNames(t *testing.T, archive io.Reader) []string {
	t.Helper()
	var found []string
	reader := tar.NewReader(archive)
	for {
		header, err := reader.Next()
		if err == io.EOF {
			return found
		}
		require.NoError(t, err)
		found = append(found, header.Name)
	}
}
