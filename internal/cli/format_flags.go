package cli

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cvconform/cvconform/steps/report"
)

// formatFlags holds the flags that choose the form of a report.
type formatFlags struct {
	verbose bool
	junit   report.JUnitOptions
}

func (f *formatFlags) register(flags *pflag.FlagSet) {
	flags.BoolVar(&f.verbose, "verbose", false,
		"print every requirement, each failed scenario with its evidence, readings and budgets")
	flags.StringVar(&f.junit.Inconclusive, "inconclusive", "failure",
		"result of an inconclusive must in a JUnit report: "+strings.Join(report.JUnitResults(), ", "))
}

// registerReports defines --report for the commands that write reports of runs.
func registerReports(flags *pflag.FlagSet, reports *[]string) {
	flags.StringArrayVar(reports, "report", nil, "write a report, FORMAT=PATH: "+strings.Join(reportFormats(), ", ")+
		"; the path - is standard output (repeatable)")
}

// check returns an error for a value that does not exist.
func (f *formatFlags) check() error {
	if value := f.junit.Inconclusive; !slices.Contains(report.JUnitResults(), value) {
		return usage("", "unknown result in --inconclusive %q (use %s)", value, strings.Join(report.JUnitResults(), ", "))
	}
	return nil
}

// console returns the form of the report on the console.
func (f *formatFlags) console(color bool) report.ConsoleOptions {
	o := report.ConsoleOptions{Color: color, Verbose: f.verbose}
	if !f.verbose {
		o.Hint = "--verbose, or cvconform explain ID --report REPORT.json"
	}
	return o
}
