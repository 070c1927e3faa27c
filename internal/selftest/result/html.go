package result

import (
	_ "embed" // the page is a file of its own, so that editors know it as HTML
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/textfmt"
)

//go:embed page.html
var pageText string

// WriteHTML writes the matrix as one HTML page without scripts, fonts, images or other
// external resources. It returns the error of w, or that of a page template that does
// not match the model.
func WriteHTML(w io.Writer, m *Matrix) error {
	t, err := template.New("page").
		Funcs(template.FuncMap{"printable": textfmt.EscapeControl, "number": number}).
		Parse(pageText)
	if err != nil {
		return err
	}
	return t.Execute(w, newPage(m))
}

// A page holds the values that the page template shows.
type page struct {
	*Matrix
	Duration     string
	CountsText   string
	ProofText    string
	ScopeText    string
	Accepted     int          // variations to which no requirement objects
	Capabilities []capability // the columns of the matrix
	Groups       []group      // the rows of the matrix
	CoversAll    bool         // a step or requirement that no defect proves is a problem
}

// A capability is a group of adjacent columns: the requirements of one capability.
type capability struct {
	Name         string
	Requirements []Requirement
}

// A group is the rows of one feature.
type group struct {
	Feature string
	Rows    []row
}

// A row is one defect with a cell for each requirement.
type row struct {
	Defect
	Cells []cell
}

// A cell shows the outcome of one requirement for one defect.
type cell struct {
	Class string // the CSS class
	Sign  string // the visible character
	Text  string // the tooltip; "" if the requirement was not judged
}

func newPage(m *Matrix) page {
	p := page{
		Matrix:     m,
		Duration:   m.duration().String(),
		CountsText: m.countsText(),
		ProofText:  m.proofText(),
		ScopeText:  m.scopeText(),
		Accepted:   m.acceptedCount(),
		CoversAll:  m.coversEverything(),
	}
	for _, q := range m.Requirements {
		name, _, _ := strings.Cut(shortID(q.ID), "-")
		if n := len(p.Capabilities); n == 0 || p.Capabilities[n-1].Name != name {
			p.Capabilities = append(p.Capabilities, capability{Name: name})
		}
		last := &p.Capabilities[len(p.Capabilities)-1]
		last.Requirements = append(last.Requirements, q)
	}
	for _, d := range m.Defects {
		if n := len(p.Groups); n == 0 || p.Groups[n-1].Feature != d.Feature {
			p.Groups = append(p.Groups, group{Feature: d.Feature})
		}
		last := &p.Groups[len(p.Groups)-1]
		last.Rows = append(last.Rows, row{d, cells(d, m.Requirements)})
	}
	return p
}

// number returns the last part of a requirement's id.
func number(id string) string { return id[strings.LastIndex(id, "-")+1:] }

func cells(d Defect, requirements []Requirement) []cell {
	var out []cell
	for _, q := range requirements {
		out = append(out, cellOf(d, q.ID))
	}
	return out
}

func cellOf(d Defect, id string) cell {
	for _, c := range d.Catches {
		if c.Requirement == id {
			return catchCell(c)
		}
	}
	for _, r := range d.Collateral {
		if r.Requirement == id {
			return cell{"collateral", "○", string(r.Verdict) + " too: " + r.Reason}
		}
	}
	if slices.Contains(d.Unaffected, id) {
		return cell{"held", "·", "held"}
	}
	return cell{Class: "none"}
}

func catchCell(c Catch) cell {
	switch c.Outcome {
	case Caught:
		return cell{"caught", "●", "caught: " + c.Reason}
	case WrongReason:
		return cell{"wrong", "≠", "wrong reason: " + c.Reason}
	case Missed:
		return cell{"missed", "✗", "missed"}
	}
	return cell{"broken", "?", string(c.Outcome)}
}
