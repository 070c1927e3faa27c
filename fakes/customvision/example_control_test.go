package customvision_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// The control API provokes failures and advances the clock. This example makes the next training fail, and does not wait
// for its hour.
func ExampleServer_Control() {
	fake := customvision.New(customvision.Options{TrainingKey: "example-key", TrainingDuration: time.Hour})
	defer fake.Close(context.Background())
	api, control := httptest.NewServer(fake), httptest.NewServer(fake.Control())
	defer api.Close()
	defer control.Close()

	project := trainableProject("fruit")
	seed := customvision.Seed{Projects: []customvision.SeedProject{project}}
	if err := fake.Seed(context.Background(), seed); err != nil {
		log.Fatal(err)
	}
	projectURL := api.URL + "/customvision/v3.4-preview/Training/projects/" + project.ID().String()

	send("POST", control.URL+"/faults", `{"at": "training", "message": "out of memory"}`)
	iteration := send("POST", projectURL+"/train", "")
	fmt.Println(iteration["status"])

	send("POST", control.URL+"/clock/advance", `{"by": "1h"}`)
	iteration = send("GET", projectURL+"/iterations/"+iteration["id"].(string), "")
	fmt.Println(iteration["status"], iteration["trainingErrorDetails"])
	// Output:
	// Training
	// Failed out of memory
}

// trainableProject returns a project with the minimum of two tags with five images each.
func trainableProject(name string) customvision.SeedProject {
	project := customvision.SeedProject{Name: name}
	for n, tag := range []string{"apple", "pear"} {
		project.Tags = append(project.Tags, customvision.SeedTag{Name: tag})
		for width := 1; width <= 5; width++ {
			var data bytes.Buffer
			if err := png.Encode(&data, image.NewGray(image.Rect(0, 0, width, n+1))); err != nil {
				log.Fatal(err)
			}
			project.Images = append(project.Images, customvision.SeedImage{Data: data.Bytes(), Tags: []string{tag}})
		}
	}
	return project
}

// send sends a request and returns the JSON object of the response.
func send(method, url, body string) map[string]any {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Training-Key", "example-key")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		log.Fatalf("%s %s: %s", method, url, response.Status)
	}
	var document map[string]any
	if err := json.NewDecoder(response.Body).Decode(&document); err != nil {
		log.Fatal(err)
	}
	return document
}
