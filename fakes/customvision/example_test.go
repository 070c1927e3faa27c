package customvision_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
)

// The fake is an [http.Handler], so a test can serve it with package httptest.
func ExampleNew() {
	fake := customvision.New(customvision.Options{TrainingKey: "example-key"})
	defer fake.Close(context.Background())
	server := httptest.NewServer(fake)
	defer server.Close()

	url := server.URL + "/customvision/v3.3/Training/projects?name=fruit"
	request, err := http.NewRequest(http.MethodPost, url, http.NoBody)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Training-Key", fake.TrainingKey())
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	var project struct{ Name, Status string }
	if err := json.NewDecoder(response.Body).Decode(&project); err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.StatusCode, project.Name, project.Status)
	// Output: 200 fruit Succeeded
}

// The fake sends its messages and backups to Azurite if it has the connection string of Azurite's account. Projects can
// then use the plain URIs of queues and containers. Other storage is reached by URIs that contain a SAS.
func ExampleNew_azurite() {
	const account = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;" +
		"AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;" +
		"BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;"
	storage, err := azurestorage.New(azurestorage.Options{ConnectionString: account})
	if err != nil {
		log.Fatal(err)
	}
	fake := customvision.New(customvision.Options{TrainingKey: "example-key", Storage: storage})
	server := customvision.NewHTTPServer(fake, nil)
	server.Addr = "127.0.0.1:8080"
	log.Fatal(server.ListenAndServe())
}
