package recording

import (
	_ "embed" // the schema is a file, so that other tools can read it too
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/cvconform/cvconform/internal/jsonfile"
	"github.com/cvconform/cvconform/internal/textfmt"
)

// DriftSchema names the version of the JSON form of a comparison.
const DriftSchema = "cvconform/drift/v1"

//go:embed schema/drift-v1.json
var driftSchemaText string

// DriftJSONSchema returns the JSON Schema (draft 2020-12) of the document of [Drift.WriteJSON].
func DriftJSONSchema() []byte { return []byte(driftSchemaText) }

// WriteJSON writes the comparison as one JSON document. It returns the error of w.
func (d *Drift) WriteJSON(w io.Writer) error { return jsonfile.Write(w, d) }

// WriteConsole writes the comparison as text, grouped by call and member. It returns the error of w.
func (d *Drift) WriteConsole(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(format string, args ...any) { fmt.Fprintln(t, textfmt.EscapeControl(fmt.Sprintf(format, args...))) }
	fmt.Fprintf(t, "recording\t%s\n", textfmt.EscapeControl(d.Recording.describe()))
	fmt.Fprintf(t, "reference\t%s\n", textfmt.EscapeControl(d.Reference.describe()))
	call := ""
	for _, f := range d.Findings {
		if f.Call != call {
			call = f.Call
			line("\n%s", call)
		}
		fmt.Fprintf(t, "  %s\t%s\n", textfmt.EscapeControl(f.Member), f.Kind)
		line("      recorded: %s", f.Recorded)
		line("      fake:     %s", f.Reference)
		line("      %s", f.describePlaces())
	}
	fmt.Fprintln(t)
	for _, i := range d.Ignored {
		if i.Findings == 0 {
			line("ignored %q: it matches no difference", i.Pattern)
		} else {
			line("ignored %q: %d differences", i.Pattern, i.Findings)
		}
	}
	line("%s", d.Summary())
	return t.Flush()
}

func (s Side) describe() string {
	return fmt.Sprintf("%s at %s, API %s, performed %s by cvconform %s (run %s)",
		s.Kind, s.Endpoint, s.APIVersion, s.Created.Format("2006-01-02 15:04 MST"), s.Version, s.Run)
}

func (f Finding) describePlaces() string {
	if f.Places == 1 {
		return "after: " + f.First
	}
	return fmt.Sprintf("in %d places, the first after: %s", f.Places, f.First)
}
