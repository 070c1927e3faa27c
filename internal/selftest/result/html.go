package result

import (
	_ "embed" // the page is a file, so that it can be read as one
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/steps/report"
)

//go:embed page.html
var pageText string

// WriteHTML writes the matrix as one page that needs nothing beside itself: no
// script, no font, no picture. The error is that of w, or says that the page's
// template is broken.
func WriteHTML(w io.Writer, m *Matrix) error {
	page, err := template.New("page").
		Funcs(template.FuncMap{"printable": report.EscapeControl, "number": number}).
		Parse(pageText)
	if err != nil {
		return err
	}
	return page.Execute(w, view(m))
}

// A page is the matrix as the template draws it.
type page struct {
	*Matrix
	Took         string
	Tally        string
	Proofs       string
	Scope        string
	Accepted     int // variations
	Capabilities []capability
	Groups       []group
	Whole        bool // what no defect proves is a problem
}

// A capability is a block of columns.
type capability struct {
	Name         string
	Requirements []Requirement
}

// A group is the rows of one feature.
type group struct {
	Feature string
	Rows    []row
}

type row struct {
	Defect
	Cells []cell
}

// A cell is what one requirement made of one defect.
type cell struct {
	Class string // of the style sheet
	Sign  string // what is seen
	Text  string // what is meant; "" where nothing was judged
}

func view(m *Matrix) page {
	p := page{
		Matrix:   m,
		Took:     m.took().String(),
		Tally:    m.countsText(),
		Proofs:   m.proofText(),
		Accepted: m.acceptedText(),
		Scope:    m.scopeText(),
		Whole:    m.coversEverything(),
	}
	for _, q := range m.Requirements {
		name, _, _ := strings.Cut(defectID(q.ID), "-")
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

// number is what an id ends with.
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
			return caughtCell(c)
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

func caughtCell(c Catch) cell {
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
