package target

import (
	"bufio"
	"io"
	"strings"
	"sync"
)

// maxLine bounds one line of a kept log, in bytes.
const maxLine = 8 << 10

// A tail keeps the last lines of a program's output.
type tail struct {
	limit int

	mu    sync.Mutex
	lines []string
}

// newTail keeps limit lines.
func newTail(limit int) *tail { return &tail{limit: limit} }

// follow reads until output ends, then closes the channel it returns.
func (t *tail) follow(output io.Reader) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r := bufio.NewReaderSize(output, maxLine)
		for {
			line, _, err := r.ReadLine() // a longer line comes in pieces
			if err != nil {
				return
			}
			t.add(string(line))
		}
	}()
	return ended
}

// add keeps a line, at the price of the oldest.
func (t *tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lines = append(t.lines, line); len(t.lines) > t.limit {
		t.lines = t.lines[1:]
	}
}

// String is the kept lines.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}
