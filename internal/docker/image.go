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

// ImageError says that an image is neither on the engine nor to be pulled.
type ImageError struct {
	// Image is the reference that was asked for.
	Image string
	// Err is what the engine answered.
	Err error
}

func (e *ImageError) Error() string { return fmt.Sprintf("image %s cannot be had: %v", e.Image, e.Err) }

func (e *ImageError) Unwrap() error { return e.Err }

// reaperMissing makes an [*ImageError] of the failure to start testcontainers-go's reaper, whose image comes from a
// registry as well; other errors pass.
func reaperMissing(err error) error {
	if err == nil || !strings.Contains(err.Error(), "reaper:") {
		return err
	}
	const hint = "switch it off with TESTCONTAINERS_RYUK_DISABLED=true; cvconform removes what it starts by itself"
	return &ImageError{Image: "testcontainers/ryuk", Err: fmt.Errorf("%w; %s", err, hint)}
}

// EnsureImage makes sure that the engine holds an image, and pulls it if not. It tries once, where testcontainers-go
// would try for a quarter of an hour. A failure is an [*ImageError]. progress is told of a pull; nil means silence.
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

// ExposedPorts lists the ports that an image on the engine is made to listen on, such as 8080/tcp, in order.
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

// credentials are those of the user's Docker configuration; an image that needs none is the common case, so none is no
// error.
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
