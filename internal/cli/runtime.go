package cli

import (
	"io"
	"time"
)

// A Runtime is everything that the program gets from the operating system.
type Runtime struct {
	Args       []string            // without the program's name
	Env        func(string) string // returns "" for a variable that is not set
	Stdout     io.Writer
	Stderr     io.Writer
	Terminal   bool // Stderr is a terminal, so progress may overwrite its line
	Color      bool // Stdout is a terminal that shows colours
	Now        func() time.Time
	Executable string // path of the running program, whose digest certificates contain
}
