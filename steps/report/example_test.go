package report_test

import (
	"fmt"
	"log"
	"os"

	"github.com/cvconform/cvconform/steps/report"
)

// The failed requirements of a report that a run wrote in JSON.
func ExampleReadJSON() {
	text, err := os.ReadFile("testdata/report.golden.json")
	if err != nil {
		log.Fatal(err)
	}
	r, err := report.ReadJSON(text)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("verdict:", r.Verdict)
	for _, q := range r.Requirements {
		if q.Verdict == report.Failed {
			fmt.Printf("%s (%s): %s\n", q.ID, q.Title, q.Reason)
		}
	}
	// Output:
	// verdict: invalid
	// CVSI-TRAIN-02 (The message has version "1.0"): the Training message is malformed
}
