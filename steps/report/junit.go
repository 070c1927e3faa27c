package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/textfmt"
)

// JUnitOptions choose the form of [WriteJUnit].
type JUnitOptions struct {
	// Inconclusive is the result of a case of an inconclusive must: "failure", "error" or "skipped". ""
	// means "failure".
	Inconclusive string
}

// JUnitResults returns the values of [JUnitOptions.Inconclusive].
func JUnitResults() []string { return []string{"failure", "error", "skipped"} }

// WriteJUnit writes the report as JUnit XML for CI systems, in the form that the schema junit-10 of Jenkins
// xUnit permits: one suite per feature file, named with the service under test, and one case per scenario. A
// case is a failure if a must is broken, an error if the harness failed, and skipped if it was not judged.
// Warned and observed scenarios pass, with their explanation as output; in a strict run, warned ones fail.
// Levels and sources of requirements are properties of the suite, because cases have none. The time of a
// situation that scenarios share belongs to the first of them. Characters that XML forbids are written as Go
// escapes such as \x1b. WriteJUnit returns the error of w.
func WriteJUnit(w io.Writer, r *Report, o JUnitOptions) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(junitOf(r, o)); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

type junitSuites struct {
	XMLName  xml.Name      `xml:"testsuites"`
	Name     string        `xml:"name,attr"`
	Tests    int           `xml:"tests,attr"`
	Failures int           `xml:"failures,attr"`
	Errors   int           `xml:"errors,attr"`
	Time     string        `xml:"time,attr"` // of the run, in seconds
	Suites   []*junitSuite `xml:"testsuite"`
}

type junitCounts struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Skipped  int `xml:"skipped,attr"`
}

type junitSuite struct {
	Name string `xml:"name,attr"` // of the feature file and the target
	junitCounts
	Time       string          `xml:"time,attr"` // sum of the cases, in seconds
	Timestamp  string          `xml:"timestamp,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
	Output     *junitText      `xml:"system-out"`

	took time.Duration // sum of the cases
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string       `xml:"classname,attr"`
	Name    string       `xml:"name,attr"`
	Time    string       `xml:"time,attr"`
	Failure *junitResult `xml:"failure"`
	Error   *junitResult `xml:"error"`
	Skipped *junitResult `xml:"skipped"`
	Output  *junitText   `xml:"system-out"`
}

type junitResult struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	junitText
}

type junitText struct {
	Text string `xml:",cdata"`
}

func junitOf(r *Report, o JUnitOptions) junitSuites {
	all := junitSuites{Name: "cvconform " + r.TargetName(), Time: seconds(r.Run.Finished.Sub(r.Run.Started))}
	all.Name = textfmt.EscapeControl(all.Name)
	if r.Error != nil {
		all.Suites = []*junitSuite{unbegunSuite(r)}
	}
	byFeature := map[string]*junitSuite{}
	times := newOwnTimes(r)
	for _, q := range r.Requirements {
		suite := byFeature[q.Feature]
		if suite == nil {
			suite = newSuite(r, q.Feature)
			byFeature[q.Feature] = suite
			all.Suites = append(all.Suites, suite)
		}
		suite.describe(q)
		for _, s := range q.Scenarios {
			suite.add(r, q, s, times.of(s), o)
		}
	}
	for i, s := range all.Suites {
		all.Tests, all.Failures, all.Errors = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors
		s.Time = seconds(s.took)
		if i == 0 && len(r.Warnings) > 0 {
			s.Output = &junitText{textfmt.EscapeControl("warning: " + strings.Join(r.Warnings, "\nwarning: "))}
		}
	}
	return all
}

func newSuite(r *Report, feature string) *junitSuite {
	properties := []junitProperty{
		{"run", textfmt.EscapeControl(r.Run.ID)},
		{"verdict", string(r.Verdict)},
		{"target", textfmt.EscapeControl(r.Run.Target.Kind + " " + r.Run.Target.Endpoint)},
		{"profile", textfmt.EscapeControl(r.Run.Profile)},
	}
	if r.Run.Target.CertificateNotVerified {
		properties = append(properties, junitProperty{"warning", "the certificate of the target was not verified"})
	}
	return &junitSuite{
		Name:       textfmt.EscapeControl(fmt.Sprintf("%s (%s)", feature, r.TargetName())),
		Timestamp:  r.Run.Started.UTC().Format(time.RFC3339),
		Properties: properties,
	}
}

// unbegunSuite returns the suite of a run that did not begin: one case, which is an error.
func unbegunSuite(r *Report) *junitSuite {
	suite := newSuite(r, "cvconform")
	message, _, _ := strings.Cut(r.Error.Message, "\n")
	suite.Cases = []junitCase{{Class: "cvconform", Name: "the run begins", Time: seconds(0), Error: &junitResult{
		Message: textfmt.EscapeControl(message), Type: r.Error.Kind, junitText: junitText{r.Error.String()},
	}}}
	suite.junitCounts = junitCounts{Tests: 1, Errors: 1}
	return suite
}

// describe adds the properties of a requirement, whose names begin with its id.
func (j *junitSuite) describe(q Requirement) {
	add := func(name, value string) {
		j.Properties = append(j.Properties, junitProperty{q.ID + " " + name, textfmt.EscapeControl(value)})
	}
	add("level", q.Level)
	if q.Source != "" {
		add("source", q.Source)
	}
	add("at", fmt.Sprintf("features/%s:%d", q.Feature, q.Line))
}

func (c *junitCounts) addCounts(d junitCounts) {
	c.Tests += d.Tests
	c.Failures += d.Failures
	c.Errors += d.Errors
	c.Skipped += d.Skipped
}

func (j *junitSuite) add(r *Report, q Requirement, s Scenario, took time.Duration, o JUnitOptions) {
	j.took += took
	c := junitCase{Class: junitClass(q), Name: textfmt.EscapeControl(q.ID + " " + s.Name), Time: seconds(took)}
	j.addCounts(c.setVerdict(r, q, s, o))
	j.Cases = append(j.Cases, c)
}

// setVerdict sets the result of the case and returns its contribution to the counts.
func (c *junitCase) setVerdict(r *Report, q Requirement, s Scenario, o JUnitOptions) junitCounts {
	text := junitText{textfmt.EscapeControl(r.Explain(q, s))}
	result := &junitResult{Message: junitMessage(s), Type: string(s.Verdict), junitText: text}
	switch s.Verdict {
	case Passed:
		return junitCounts{Tests: 1}
	case Warned, Observed:
		if !r.Run.Strict || s.Verdict == Observed {
			c.Output = &text
			return junitCounts{Tests: 1}
		}
	case HarnessError:
		return c.setError(result)
	case NotApplicable, NotRun, ExpectedFailure:
		return c.skip(result)
	case Inconclusive:
		switch {
		case q.Level != "must" || o.Inconclusive == "skipped":
			return c.skip(result)
		case o.Inconclusive == "error":
			return c.setError(result)
		}
	}
	c.Failure = result
	return junitCounts{Tests: 1, Failures: 1}
}

func (c *junitCase) setError(result *junitResult) junitCounts {
	c.Error = result
	return junitCounts{Tests: 1, Errors: 1}
}

func (c *junitCase) skip(result *junitResult) junitCounts {
	result.Text = ""
	c.Skipped = result
	return junitCounts{Tests: 1, Skipped: 1}
}

// junitClass returns the class name of a requirement's cases: its id and title. Full
// stops are replaced, because viewers show only the part after the last one.
func junitClass(q Requirement) string {
	return strings.ReplaceAll(textfmt.EscapeControl(q.ID+" "+q.Title), ".", "·")
}

// junitMessage returns the first line of the scenario's reason.
func junitMessage(s Scenario) string {
	first, _, _ := strings.Cut(s.Reason, "\n")
	return textfmt.EscapeControl(first)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
