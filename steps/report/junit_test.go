package report_test

import (
	"bytes"
	"encoding/xml"
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
	Cases []testcase `xml:"testcase"`
}

type testcase struct {
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
	require.NoError(t, report.WriteJUnit(&b, r))
	require.NoError(t, xml.Unmarshal(b.Bytes(), &parsed))
	return b.String(), parsed
}

func TestWriteJUnit(t *testing.T) {
	text, parsed := junit(t, sample())
	golden.Equal(t, "junit.golden.xml", text)
	assert.Equal(t, "cvconform", parsed.Name)
	assert.Equal(t, counts{Tests: 11, Failures: 3, Errors: 1, Skipped: 4}, parsed.counts)
	require.Len(t, parsed.Suites, 2)
	assert.Equal(t, counts{Tests: 7, Failures: 3, Skipped: 1}, parsed.Suites[0].counts)
	assert.Equal(t, counts{Tests: 4, Errors: 1, Skipped: 3}, parsed.Suites[1].counts)
	assert.Equal(t, "1.750", parsed.Suites[0].Time)
	assert.Equal(t, "fake http://127.0.0.1:40001", parsed.Suites[0].Properties[2].Value)
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
	assert.Error(t, report.WriteJUnit(full{}, &report.Report{}))
}
