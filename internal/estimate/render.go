package estimate

import (
	_ "embed" // the schema is a file, so that other tools can read it too
	"fmt"
	"io"
	"strings"

	"github.com/cvconform/cvconform/internal/jsonfile"
	"github.com/cvconform/cvconform/internal/textfmt"
)

//go:embed schema/plan-v1.json
var schemaText string

// JSONSchema returns the JSON Schema (draft 2020-12) of the document that [Forecast.WriteJSON] writes.
func JSONSchema() []byte { return []byte(schemaText) }

// WriteJSON writes the forecast as one JSON document of the schema
// cvconform/plan/v1, indented by two spaces.
func (f Forecast) WriteJSON(w io.Writer) error { return jsonfile.Write(w, f) }

// Summary returns the forecast in one line.
func (f Forecast) Summary() string {
	m := f.Created
	return fmt.Sprintf(
		"%d projects (at most %d at a time), %d trainings (about %s), %d exports, %d images, about %d calls, about %s",
		m.Projects,
		f.MaxProjects,
		m.Trainings,
		hours(f.Hours),
		m.Exports,
		m.Images,
		f.Calls+f.Polls,
		minutes(f.Minutes),
	)
}

// WriteText writes the forecast for a person.
func (f Forecast) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "A run over %s, API %s, profile %s%s\n", f.Target, f.APIVersion, f.Profile, tier(f.Tier))
	fmt.Fprintf(
		&b,
		"performs %d %s, %d at a time, and exports to %s%s.\n",
		len(f.Situations),
		row{len(f.Situations), "situation", ""},
		f.Parallel,
		strings.Join(f.Platforms, ", "),
		unknown(f.UnknownReason),
	)
	b.WriteString("It creates, and deletes at its end:\n\n")
	for _, row := range f.rows() {
		fmt.Fprintf(&b, "  %5d  %s\n", row.n, row)
	}
	if f.Probe {
		b.WriteString(
			"\nBefore that it creates one more project, with a queue and a container, " +
				"to check that the service reaches the storage.\n",
		)
	}
	fmt.Fprintf(
		&b,
		"\nIt makes %d calls of the Training API, and about %d more to poll trainings and exports.\n",
		f.Calls,
		f.Polls,
	)
	fmt.Fprintf(&b, "It takes about %s, if a training takes %s, an export %s, and a call %s.\n", minutes(f.Minutes),
		f.Assumed["training"], f.Assumed["export"], f.Assumed["call"])
	fmt.Fprintf(&b, "It costs about %s of training, by the prices of your subscription, and at most %s\n"+
		"if every training lasts as long as the budget training.\n", hours(f.Hours), hours(f.HoursAtMost))
	_, err := io.WriteString(w, textfmt.EscapeControl(b.String())) // it may quote the service
	return err
}

type row struct {
	n      int
	noun   string // singular
	detail string // follows the noun
}

// String returns the row without its number, in the singular or plural.
func (r row) String() string {
	if r.n == 1 {
		return r.noun + r.detail
	}
	return r.noun + "s" + r.detail
}

func (f Forecast) rows() []row {
	m := f.Created
	return []row{
		{m.Projects, "project", fmt.Sprintf(", at most %d at a time", f.MaxProjects)},
		{m.Attempts, "attempt", " to create a project, to be refused"},
		{m.Updates, "update", " of projects"},
		{m.Tags, "tag", ""},
		{m.Images, "image", fmt.Sprintf(", %.1f MB in all", float64(f.ImageBytes)/1e6)},
		{m.Trainings, "training", ""},
		{m.Exports, "export", ""},
		{m.Queues, "queue", ""},
		{m.Containers, "container", ""},
	}
}

func tier(name string) string {
	if name == "" {
		return ""
	}
	return ", tier " + name
}

func unknown(why string) string {
	if why == "" {
		return ""
	}
	return " (all platforms, because " + why + ")"
}

func hours(h float64) string { return fmt.Sprintf("%.1f hours", h) }

func minutes(m float64) string {
	if m < 1 {
		return fmt.Sprintf("%.0f seconds", m*60)
	}
	return fmt.Sprintf("%.0f minutes", m)
}
