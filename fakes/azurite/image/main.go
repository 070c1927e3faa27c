// Command image builds an Azurite image for a Docker engine that cannot pull images. The image contains this machine's
// Node.js, the libraries that it loads, and the packages of the lock file in package azurite. The command runs on Linux
// and does nothing if the engine has that image already.
//
//	go run ./fakes/azurite/image
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
	// tag is the name of the image. Set CVCONFORM_AZURITE_IMAGE to it to use the image.
	tag = "cvconform-azurite:" + azurite.Version
	// labelContents is the label with the digest of the image's contents. It tells whether a new build is necessary.
	labelContents = "io.cvconform.azurite.contents"
	// recipe is incremented when this program changes the files in the image.
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
	if hasImage(ctx, contents) {
		fmt.Fprintln(out, tag, "exists already")
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

// hasImage reports whether the engine has the image with these contents. If the engine does not respond it returns
// false, so that the build reports the error.
func hasImage(ctx context.Context, contents string) bool {
	engine, err := docker.Engine(ctx)
	if err != nil {
		return false
	}
	defer engine.Close()
	image, err := engine.ImageInspect(ctx, tag)
	return err == nil && image.Config != nil && image.Config.Labels[labelContents] == contents
}

// build streams the file system to the engine, which creates an image with one layer.
func build(ctx context.Context, node *nodeBinary, installation, contents string) error {
	engine, err := docker.Engine(ctx)
	if err != nil {
		return err
	}
	defer engine.Close()
	reader, writer := io.Pipe()
	defer reader.Close()
	go func() { writer.CloseWithError(writeFiles(writer, node, installation)) }()
	response, err := engine.ImageImport(ctx, client.ImageImportSource{Source: reader, SourceName: "-"}, tag,
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
	defer response.Close()
	output, err := io.ReadAll(response)
	if err == nil && !hasImage(ctx, contents) {
		err = fmt.Errorf("the engine did not store the image: %s", output)
	}
	return err
}
