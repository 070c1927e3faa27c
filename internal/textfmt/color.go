package textfmt

// A Color is the parameter of an ANSI escape sequence that selects a colour or weight.
type Color string

// The colours. Red, Green, Yellow and Default give sequences of equal length, so a
// column of [Align] stays aligned if every cell has one of them.
const (
	Bold    Color = "1"
	Red     Color = "31"
	Green   Color = "32"
	Yellow  Color = "33"
	Default Color = "39" // the terminal's own colour
)

// A Painter adds ANSI colours to text. Its zero value adds none.
type Painter struct {
	Enabled bool // whether the text goes to a terminal that shows colours
}

// Paint returns text in that colour, or text unchanged if p is not enabled.
func (p Painter) Paint(c Color, text string) string {
	if !p.Enabled {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}
