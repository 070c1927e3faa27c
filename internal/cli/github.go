package cli

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"

	"github.com/cvconform/cvconform/steps/report"
)

// onGitHub reports whether the command runs as a step of GitHub Actions.
func onGitHub(w Runtime) bool { return w.Env("GITHUB_ACTIONS") == "true" }

// writeForGitHub writes an annotation for each reason of failures to the stream of the step's log, and adds the report
// to the summary of the job. A summary that cannot be written does not change the result of the run.
func writeForGitHub(w Runtime, stream io.Writer, r *report.Report) error {
	if !onGitHub(w) {
		return nil
	}
	annotate := func(to io.Writer) error { return report.WriteGitHubAnnotations(to, r) }
	if err := writeInFlags(stream, annotate); err != nil {
		return err
	}
	path := w.Env("GITHUB_STEP_SUMMARY")
	if path == "" {
		return nil
	}
	if err := appendSummary(path, r); err != nil {
		fmt.Fprintf(w.Stderr, "warning: the summary of the job is not written: %v\n", err)
	}
	return nil
}

func appendSummary(path string, r *report.Report) (err error) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
	}()
	return writeInFlags(file, func(to io.Writer) error { return report.WriteMarkdown(to, r) })
}

// withoutCommands writes a text to the log of a step in which GitHub Actions interprets no workflow command,
// because the text may quote a service.
func withoutCommands(w Runtime, stream io.Writer, write func() error) error {
	if !onGitHub(w) {
		return write()
	}
	token := rand.Text()
	fmt.Fprintf(stream, "::stop-commands::%s\n", token)
	err := write()
	fmt.Fprintf(stream, "\n::%s::\n", token)
	return err
}
