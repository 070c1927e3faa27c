package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// Paths in the image.
const (
	nodePath     = "/usr/local/bin/node"
	commandPath  = "/usr/local/bin/azurite"
	packagesPath = "/opt/azurite/node_modules"
)

// commandScript is the content of the azurite command. The kernel runs it through its first line, because the image has
// no shell.
const commandScript = "#!" + nodePath + "\nrequire('" + packagesPath + "/azurite/dist/src/azurite.js');\n"

// nodeBinary is the Node.js of this machine with the libraries that it loads.
type nodeBinary struct {
	path, version string
	libraries     []string
}

func findNode(ctx context.Context) (*nodeBinary, error) {
	output, err := exec.CommandContext(ctx, "node", "-p", "process.execPath + ' ' + process.version").Output()
	if err != nil {
		return nil, fmt.Errorf("find Node.js: %w", err)
	}
	found, version, _ := strings.Cut(strings.TrimSpace(string(output)), " ")
	libraries, err := librariesOf(ctx, found)
	if err != nil {
		return nil, err
	}
	return &nodeBinary{path: found, version: version, libraries: libraries}, nil
}

// libraryPath matches a file that ldd lists: the last word before its address.
var libraryPath = regexp.MustCompile(`(?m)(/\S+) \(0x[0-9a-f]+\)$`)

// librariesOf returns the libraries that a binary loads, including the loader. A static binary loads none.
func librariesOf(ctx context.Context, binary string) ([]string, error) {
	output, err := exec.CommandContext(ctx, "ldd", binary).CombinedOutput()
	if err != nil && !strings.Contains(string(output), "not a dynamic executable") {
		return nil, fmt.Errorf("ldd %s: %w: %s", binary, err, output)
	}
	var found []string
	for _, match := range libraryPath.FindAllStringSubmatch(string(output), -1) {
		found = append(found, match[1])
	}
	return found, nil
}

// writeFiles writes the file system of the image as a tar archive.
func writeFiles(w io.Writer, node *nodeBinary, installation string) error {
	archive := tar.NewWriter(w)
	errs := []error{
		archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777}),
		writeFile(archive, node.path, nodePath, 0o755),
		writeCommand(archive),
	}
	for _, library := range node.libraries {
		errs = append(errs, writeFile(archive, library, library, 0o755))
	}
	errs = append(errs, writePackages(archive, filepath.Join(installation, "node_modules")))
	return errors.Join(append(errs, archive.Close())...)
}

func writeCommand(archive *tar.Writer) error {
	header := &tar.Header{
		Typeflag: tar.TypeReg, Name: inArchive(commandPath), Mode: 0o755, Size: int64(len(commandScript)),
	}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err := io.WriteString(archive, commandScript)
	return err
}

func writePackages(archive *tar.Writer, folder string) error {
	return filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(folder, file)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		switch {
		case entry.IsDir() && isUnneededFolder(relative):
			return fs.SkipDir
		case !entry.Type().IsRegular() || isUnneededFile(relative):
			return nil
		}
		return writeFile(archive, file, path.Join(packagesPath, relative), 0o644)
	})
}

// isUnneededFolder reports whether a folder holds only npm's links or the builds of OpenTelemetry for other module
// systems.
func isUnneededFolder(relative string) bool {
	return path.Base(relative) == ".bin" ||
		strings.HasPrefix(relative, "@opentelemetry/") &&
			(strings.HasSuffix(relative, "/build/esm") || strings.HasSuffix(relative, "/build/esnext"))
}

// isUnneededFile reports whether a file is documentation or input for compilers. Licences are needed.
func isUnneededFile(relative string) bool {
	name := strings.ToLower(path.Base(relative))
	if strings.HasPrefix(name, "licen") || strings.HasPrefix(name, "notice") {
		return false
	}
	for _, suffix := range []string{".map", ".md", ".d.ts", ".d.mts", ".d.cts"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// writeFile adds the file source to the archive under the name target. It follows symbolic links.
func writeFile(archive *tar.Writer, source, target string, mode int64) error {
	file, err := os.Open(source)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	header := &tar.Header{Typeflag: tar.TypeReg, Name: inArchive(target), Mode: mode, Size: info.Size()}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(archive, file)
	return err
}

func inArchive(name string) string { return strings.TrimPrefix(name, "/") }
