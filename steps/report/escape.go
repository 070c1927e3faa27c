package report

import "github.com/cvconform/cvconform/internal/textfmt"

// EscapeControl returns s with control characters escaped.
func EscapeControl(s string) string { return textfmt.EscapeControl(s) }
