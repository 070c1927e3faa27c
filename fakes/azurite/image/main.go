// Command image builds an Azurite image for a Docker engine that cannot pull one: from scratch, with this machine's
// Node.js, the libraries that it needs, and the packages of the lock file in package azurite. It runs on Linux and does
// nothing if the engine holds that image already.
//
//	go run ./internal/azurite/image
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/moby/moby/client"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/docker"
)

const (
	// tag is the image's name; CVCONFORM_AZURITE_IMAGE takes it.
	tag = "cvconform-azurite:" + azurite.Version
	// labelContents says what the image was made of, so that it is not made again.
	labelContents = "io.cvconform.azurite.contents"
	// recipe changes when this program puts other files into the image.
	recipe = "1"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	docker.DisableLogging()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "azurite image:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	if err := docker.Probe(ctx); err != nil {
		return err
	}
	node, err := findNode(ctx)
	if err != nil {
		return err
	}
	contents := digest(node)
	if present(ctx, contents) {
		fmt.Fprintln(out, tag, "is there already")
		return nil
	}
	installation, err := azurite.Install(ctx, "", func(line string) { fmt.Fprintln(out, line) })
	if err != nil {
		return err
	}
	if err := build(ctx, node, installation, contents); err != nil {
		return fmt.Errorf("build %s: %w", tag, err)
	}
	fmt.Fprintln(out, tag, "built")
	return nil
}

func digest(node *nodeBinary) string {
	sum := sha256.Sum256([]byte(recipe + "\n" + node.version + "\n" + azurite.LockDigest()))
	return hex.EncodeToString(sum[:])
}

// present reports whether the engine holds the image with these contents; any doubt means no, and a build.
func present(ctx context.Context, contents string) bool {
	engine, err := docker.Engine(ctx)
	if err != nil {
		return false
	}
	defer engine.Close()
	image, err := engine.ImageInspect(ctx, tag)
	return err == nil && image.Config != nil && image.Config.Labels[labelContents] == contents
}

// build streams the file system to the engine, which makes one layer of it.
func build(ctx context.Context, node *nodeBinary, installation, contents string) error {
	engine, err := docker.Engine(ctx)
	if err != nil {
		return err
	}
	defer engine.Close()
	reader, writer := io.Pipe()
	defer reader.Close()
	go func() { writer.CloseWithError(writeFiles(writer, node, installation)) }()
	answer, err := engine.ImageImport(ctx, client.ImageImportSource{Source: reader, SourceName: "-"}, tag,
		client.ImageImportOptions{Changes: []string{
			"ENV PATH=/usr/local/bin",
			"ENV HOME=/tmp",
			"WORKDIR /tmp",
			"EXPOSE 10000 10001 10002",
			`CMD ["azurite", "--blobHost", "0.0.0.0", "--queueHost", "0.0.0.0", "--tableHost", "0.0.0.0"]`,
			"LABEL " + labelContents + "=" + contents,
		}})
	if err != nil {
		return err
	}
	defer answer.Close()
	output, err := io.ReadAll(answer)
	if err == nil && !present(ctx, contents) {
		err = fmt.Errorf("the engine did not keep it: %s", output)
	}
	return err
}
