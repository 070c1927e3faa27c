package steps_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"testing"

	"github.com/cvconform/cvconform/steps"
	"github.com/cvconform/cvconform/steps/report"
)

// Judge a service that listens on this machine by the requirements about training, and print the failed ones.
func ExampleRun() {
	r, err := steps.Run(context.Background(), steps.Config{
		Target: "http://localhost:8080",
		Only:   []string{"CVSI-TRAIN-*"},
	})
	if err != nil {
		log.Fatal(err, "\n", steps.Hint(err))
	}
	fmt.Println(r.Verdict)
	for _, q := range r.Requirements {
		if q.Verdict == report.Failed {
			fmt.Printf("%s: %s\n", q.ID, q.Reason)
		}
	}
}

// In a package of tests this function would be TestConformance. The command is started when the storage is ready, and
// stopped after the tests.
func ExampleTest() {
	testConformance := func(t *testing.T) {
		steps.Test(t, steps.Config{Target: "exec:./my-service"})
	}
	_ = testConformance
}

// The service is an http.Handler that runs in the process of the test. In a package of tests this
// function would be TestConformance.
func ExampleHandler() {
	newService := func(trainingKey, connectionString string) http.Handler { return http.NotFoundHandler() }
	testConformance := func(t *testing.T) {
		steps.Test(t, steps.Config{Start: steps.Handler(func(e steps.Environment) http.Handler {
			return newService(e.TrainingKey, e.ConnectionString)
		})})
	}
	_ = testConformance
}

// The plan of a run lists its cost without creating anything.
func ExamplePlan() {
	plan, err := steps.Plan(context.Background(), steps.Config{Target: "exec:./my-service"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("projects: ", plan.Created.Projects)
	fmt.Println("trainings:", plan.Created.Trainings)
}
