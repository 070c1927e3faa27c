package report

import (
	"fmt"
	"html/template"
	"io"
	"unicode/utf8"
)

// badgeLabel is the left part of a badge.
const badgeLabel = "storage integration"

// badge has the two texts of a badge, with their places.
type badge struct {
	Label, Value, Color          string
	LabelWidth, ValueWidth       int
	Width, LabelCentre, ValueMid int
}

var badgeTemplate = template.Must(template.New("badge").Parse(`<svg xmlns="http://www.w3.org/2000/svg" ` +
	`width="{{.Width}}" height="20" role="img" aria-label="{{.Label}}: {{.Value}}">
  <title>{{.Label}}: {{.Value}}</title>
  <rect width="{{.LabelWidth}}" height="20" fill="#555"/>
  <rect x="{{.LabelWidth}}" width="{{.ValueWidth}}" height="20" fill="{{.Color}}"/>
  <g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">
    <text x="{{.LabelCentre}}" y="14">{{.Label}}</text>
    <text x="{{.ValueMid}}" y="14">{{.Value}}</text>
  </g>
</svg>
`))

// WriteBadge writes an SVG image for a README: the run verdict, and for a conformant service the number
// of musts that were judged. It returns the error of w.
func WriteBadge(w io.Writer, r *Report) error {
	value := string(r.Verdict)
	if judged, all, _ := r.MustCounts(); r.Verdict == Conformant || r.Verdict == ConformantWithWarnings {
		value = fmt.Sprintf("%s, %d of %d musts", value, judged, all)
	}
	b := badge{Label: badgeLabel, Value: value, Color: badgeColor(r)}
	b.LabelWidth, b.ValueWidth = badgeWidth(b.Label), badgeWidth(b.Value)
	b.Width = b.LabelWidth + b.ValueWidth
	b.LabelCentre, b.ValueMid = b.LabelWidth/2, b.LabelWidth+b.ValueWidth/2
	return badgeTemplate.Execute(w, b)
}

// badgeWidth returns the width of a text in the badge's font, in pixels, with its margins.
func badgeWidth(text string) int { return 7*utf8.RuneCountInString(text) + 10 }

func badgeColor(r *Report) string {
	switch r.Verdict {
	case Conformant:
		return "#2c7a1f"
	case ConformantWithWarnings:
		return "#6b7a00"
	case Partial, RunInconclusive:
		return "#8a5a00"
	}
	return "#b3261e"
}
