package azurite_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"testing"

	"github.com/cvconform/cvconform/fakes/azurite"
)

// Start with zero options runs Azurite as a container if a Docker engine is available, otherwise as a local process.
func ExampleStart() {
	ctx := context.Background()
	instance, err := azurite.Start(ctx, azurite.Options{})
	if missing := new(azurite.UnavailableError); errors.As(err, &missing) {
		log.Fatalf("install %s", missing.Remedy())
	}
	if err != nil {
		log.Fatal(err)
	}
	defer instance.Stop(ctx)

	fmt.Println("AZURE_STORAGE_CONNECTION_STRING=" + instance.ConnectionString())
}

// StartT starts an Azurite that stops when the test ends.
func ExampleStartT() {
	var t *testing.T // the parameter of the test function

	storage := azurite.StartT(t)
	t.Setenv("AZURE_STORAGE_CONNECTION_STRING", storage.ConnectionString())
}
