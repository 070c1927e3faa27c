package identity_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"

	"github.com/cvconform/cvconform/fakes/identity"
)

// A program that uses DefaultAzureCredential finds the endpoint by its environment.
func ExampleNew() {
	endpoint := identity.New(identity.Options{})
	server := httptest.NewServer(endpoint)
	defer server.Close()

	program := exec.CommandContext(context.Background(), "./my-service")
	program.Env = append(os.Environ(), endpoint.Environment(server.URL)...)
	program.Env = append(program.Env, "AZURE_TOKEN_CREDENTIALS=ManagedIdentityCredential")
	output, err := program.CombinedOutput()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", output)
}
