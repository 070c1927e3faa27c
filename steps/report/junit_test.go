package report_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/testkit/golden"
	"github.com/cvconform/cvconform/steps/report"
)

// document is a JUnit file as a CI system reads it.
type document struct {
	counts
	Name   string  `xml:"name,attr"`
	Suites []suite `xml:"testsuite"`
}

type counts struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Skipped  int `xml:"skipped,attr"`
}

type suite struct {
	counts
	Name       string `xml:"name,attr"`
	Time       string `xml:"time,attr"`
	Properties []struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	} `xml:"properties>property"`
	Cases  []testcase `xml:"testcase"`
	Output string     `xml:"system-out"`
}

func (s suite) property(name string) string {
	for _, p := range s.Properties {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

type testcase struct {
	Name    string  `xml:"name,attr"`
	Time    string  `xml:"time,attr"`
	Class   string  `xml:"classname,attr"`
	Failure *result `xml:"failure"`
	Error   *result `xml:"error"`
	Skipped *result `xml:"skipped"`
	Output  string  `xml:"system-out"`
}

type result struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

func junit(t *testing.T, r *report.Report) (text string, parsed document) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, report.WriteJUnit(&b, r, report.JUnitOptions{}))
	require.NoError(t, xml.Unmarshal(b.Bytes(), &parsed))
	return b.String(), parsed
}

func TestWriteJUnit(t *testing.T) {
	text, parsed := junit(t, sample())
	golden.Equal(t, "junit.golden.xml", text)
	assert.Equal(t, "cvconform fake", parsed.Name)
	assert.Equal(t, counts{Tests: 11, Failures: 3, Errors: 1}, parsed.counts)
	require.Len(t, parsed.Suites, 2)
	assert.Equal(t, "training_notification.feature (fake)", parsed.Suites[0].Name)
	assert.Equal(t, counts{Tests: 7, Failures: 3, Skipped: 1}, parsed.Suites[0].counts)
	assert.Equal(t, counts{Tests: 4, Errors: 1, Skipped: 3}, parsed.Suites[1].counts)
	assert.Equal(t, "fake http://127.0.0.1:40001", parsed.Suites[0].property("target"))
	assert.Equal(t, "should", parsed.Suites[0].property("CVSI-TRAIN-07 level"))
	assert.Equal(t, "guide: create", parsed.Suites[0].property("CVSI-TRAIN-07 source"))
	assert.Equal(t, "warning: CVSI-TRAIN-07 warned: 2 Training messages", parsed.Suites[0].Output)
	assert.Empty(t, parsed.Suites[1].Output)
	assert.Equal(t, "CVSI-TRAIN-01 A project is trained", parsed.Suites[0].Cases[0].Name)
}

// The names of reports of older versions come from the address.
func TestWriteJUnitOfAnOlderReportNamesTheAddress(t *testing.T) {
	r := sample()
	r.Run.Target.Name = ""
	_, parsed := junit(t, r)
	assert.Equal(t, "training_notification.feature (fake http://127.0.0.1:40001)", parsed.Suites[0].Name)
}

// timed returns a report with one scenario per situation, and the time that each took in seconds.
func timed(isolate bool, seconds ...any) *report.Report {
	r := &report.Report{Run: report.Run{Isolate: isolate}}
	q := report.Requirement{ID: "CVSI-TRAIN-01", Level: "must", Feature: "f"}
	for i := 0; i < len(seconds); i += 2 {
		q.Scenarios = append(q.Scenarios, report.Scenario{Verdict: report.Passed, Situation: seconds[i].(string),
			DurationMs: int64(1000 * seconds[i+1].(int))})
	}
	r.Requirements = []report.Requirement{q}
	return r
}

func TestWriteJUnitCountsTheTimeOfASharedSituationOnce(t *testing.T) {
	situations := []any{"create", 1, "create > train > export(A)", 5, "create > train", 4, "create > train > export(B)", 6,
		"create(none)", 2, "create(none)", 2}
	times := func(isolate bool) (out []string) {
		_, parsed := junit(t, timed(isolate, situations...))
		for _, c := range parsed.Suites[0].Cases {
			out = append(out, c.Time)
		}
		return append(out, parsed.Suites[0].Time)
	}
	assert.Equal(t, []string{"1.000", "4.000", "0.000", "2.000", "2.000", "0.000", "9.000"}, times(false))
	assert.Equal(t, []string{"1.000", "5.000", "4.000", "6.000", "2.000", "2.000", "20.000"}, times(true))
}

func TestWriteJUnitMapsAnInconclusiveMust(t *testing.T) {
	for value, want := range map[string]counts{
		"":        {Tests: 7, Failures: 3, Skipped: 1},
		"failure": {Tests: 7, Failures: 3, Skipped: 1},
		"error":   {Tests: 7, Failures: 2, Errors: 1, Skipped: 1},
		"skipped": {Tests: 7, Failures: 2, Skipped: 2},
	} {
		var b bytes.Buffer
		require.NoError(t, report.WriteJUnit(&b, sample(), report.JUnitOptions{Inconclusive: value}))
		var parsed document
		require.NoError(t, xml.Unmarshal(b.Bytes(), &parsed))
		assert.Equal(t, want, parsed.Suites[0].counts, value)
	}
}

// permitted has the attributes and children of each element that every version of the schema junit-10 of Jenkins xUnit
// permits.
func permitted() map[string]string {
	return map[string]string{
		"testsuites": "name time tests failures errors testsuite",
		"testsuite":  "name tests failures errors time skipped timestamp properties testcase system-out",
		"properties": "property",
		"property":   "name value",
		"testcase":   "name time classname skipped error failure system-out",
		"skipped":    "type message",
		"error":      "type message",
		"failure":    "type message",
		"system-out": "",
	}
}

func TestWriteJUnitHasOnlyWhatJenkinsPermits(t *testing.T) {
	text, _ := junit(t, sample())
	decoder := xml.NewDecoder(strings.NewReader(text))
	var path []string
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		switch e := token.(type) {
		case xml.StartElement:
			names, known := permitted()[e.Name.Local]
			assert.True(t, known, e.Name.Local)
			if len(path) > 0 {
				assert.Contains(t, strings.Fields(permitted()[path[len(path)-1]]), e.Name.Local)
			}
			for _, a := range e.Attr {
				assert.Contains(t, strings.Fields(names), a.Name.Local, e.Name.Local)
			}
			path = append(path, e.Name.Local)
		case xml.EndElement:
			path = path[:len(path)-1]
		}
	}
}

func TestWriteJUnitCountsItsCases(t *testing.T) {
	_, parsed := junit(t, sample())
	for _, s := range parsed.Suites {
		var found counts
		for _, c := range s.Cases {
			found.Tests++
			found.Failures += one(c.Failure)
			found.Errors += one(c.Error)
			found.Skipped += one(c.Skipped)
		}
		assert.Equal(t, s.counts, found, s.Name)
	}
}

func one(r *result) int {
	if r == nil {
		return 0
	}
	return 1
}

func TestWriteJUnitMapsEachVerdict(t *testing.T) {
	_, parsed := junit(t, sample())
	byID := map[string]testcase{}
	for _, s := range parsed.Suites {
		for _, c := range s.Cases {
			id, _, _ := strings.Cut(c.Class, " ")
			byID[id] = c
		}
	}
	assert.Equal(t, "failed", byID["CVSI-TRAIN-02"].Failure.Type)
	assert.Contains(t, byID["CVSI-TRAIN-02"].Failure.Text, `got        version 1 & <nothing>\x00\xff else`)
	assert.Equal(t, "unexpected-pass", byID["CVSI-TRAIN-04"].Failure.Type)
	assert.Equal(t, "inconclusive", byID["CVSI-TRAIN-05"].Failure.Type)
	assert.Equal(t, &result{Message: "storage cannot be seen", Type: "inconclusive"}, byID["CVSI-TRAIN-06"].Skipped)
	assert.Contains(t, byID["CVSI-TRAIN-07"].Output, "want       1 Training message")
	assert.NotEmpty(t, byID["CVSI-TRAIN-08"].Output)
	assert.Equal(t, "check panicked: nil", byID["CVSI-BACKUP-01"].Error.Message)
	assert.Contains(t, byID["CVSI-BACKUP-01"].Error.Text, "goroutine 1")
	assert.Equal(t, "not-applicable", byID["CVSI-BACKUP-02"].Skipped.Type)
	assert.Equal(t, "not-run", byID["CVSI-BACKUP-03"].Skipped.Type)
	assert.Equal(t, "expected-failure", byID["CVSI-BACKUP-05"].Skipped.Type)
	assert.NotContains(t, byID["CVSI-BACKUP-01"].Class, ".", "viewers cut at a full stop")
}

func TestWriteJUnitEscapesEveryByte(t *testing.T) {
	var every strings.Builder
	for b := range 256 {
		every.WriteByte(byte(b))
	}
	every.WriteString("\uFFFE \uFFFF \uFFFD ⟦sig:1⟧ ]]>")
	q := report.Requirement{ID: "CVSI-TRAIN-01", Title: every.String(), Feature: every.String(),
		Scenarios: []report.Scenario{{Name: every.String(), Verdict: report.Failed, Reason: every.String()}}}
	text, parsed := junit(t, &report.Report{Run: report.Run{ID: every.String()}, Requirements: []report.Requirement{q}})
	assert.NotContains(t, text, "\x1b")
	assert.Contains(t, parsed.Suites[0].Cases[0].Failure.Text, `\x1b`)
	assert.Contains(t, parsed.Suites[0].Cases[0].Failure.Text, `\ufffe \uffff `+"\uFFFD ⟦sig:1⟧ ]]>")
}

func TestWriteJUnitOfAnEmptyReport(t *testing.T) {
	_, parsed := junit(t, &report.Report{})
	assert.Equal(t, counts{}, parsed.counts)
	assert.Error(t, report.WriteJUnit(full{}, &report.Report{}, report.JUnitOptions{}))
}
