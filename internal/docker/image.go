package docker

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/authconfig"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// ImageError is the error of an image that is neither on the engine nor can be pulled.
type ImageError struct {
	// Image is the reference of the image.
	Image string
	// Err is the error of the engine.
	Err error
}

// Error implements error.
func (e *ImageError) Error() string {
	return fmt.Sprintf("image %s is not available: %v", e.Image, e.Err)
}

// Unwrap returns the error of the engine.
func (e *ImageError) Unwrap() error { return e.Err }

// describeReaperError replaces the error of testcontainers-go's reaper, whose image cannot be pulled, by an
// [*ImageError]. It returns other errors unchanged.
func describeReaperError(err error) error {
	if err == nil || !strings.Contains(err.Error(), "reaper:") {
		return err
	}
	const hint = "disable it with TESTCONTAINERS_RYUK_DISABLED=true; cvconform removes its containers itself"
	return &ImageError{Image: "testcontainers/ryuk", Err: fmt.Errorf("%w; %s", err, hint)}
}

// EnsureImage pulls an image unless the engine has it. It tries once, whereas testcontainers-go would retry for a
// quarter of an hour. The error is an [*ImageError]. progress is called before a pull; it may be nil.
func EnsureImage(ctx context.Context, image string, progress func(line string)) error {
	engine, err := Engine(ctx)
	if err != nil {
		return err
	}
	defer engine.Close()
	_, err = engine.ImageInspect(ctx, image)
	if err == nil {
		return nil
	}
	if !errdefs.IsNotFound(err) {
		return &ImageError{Image: image, Err: err}
	}
	if progress != nil {
		progress("pulling " + image + " (first use)")
	}
	if err := pull(ctx, engine, image); err != nil {
		return &ImageError{Image: image, Err: err}
	}
	return nil
}

// ExposedPorts returns the ports that an image on the engine exposes, such as 8080/tcp, sorted.
func ExposedPorts(ctx context.Context, image string) ([]string, error) {
	engine, err := Engine(ctx)
	if err != nil {
		return nil, err
	}
	defer engine.Close()
	found, err := engine.ImageInspect(ctx, image)
	if err != nil {
		return nil, &ImageError{Image: image, Err: err}
	}
	if found.Config == nil {
		return nil, nil
	}
	return slices.Sorted(maps.Keys(found.Config.ExposedPorts)), nil
}

func pull(ctx context.Context, engine *testcontainers.DockerClient, image string) error {
	stream, err := engine.ImagePull(ctx, image, client.ImagePullOptions{RegistryAuth: credentials(ctx, image)})
	if err != nil {
		return err
	}
	defer stream.Close()
	return stream.Wait(ctx)
}

// credentials returns the registry credentials of the user's Docker configuration; "" if it has none for the image.
func credentials(ctx context.Context, image string) string {
	_, auth, err := testcontainers.DockerImageAuth(ctx, image)
	if err != nil {
		return ""
	}
	encoded, err := authconfig.Encode(auth)
	if err != nil {
		return ""
	}
	return encoded
}
