// Package transcript keeps what a program prints: the whole of it, or of a lot
// the beginning and the end. What lies between is counted.
//
// It knows nothing of secrets: whoever shows a transcript has to. For their sake
// it cuts between lines only, where no secret is cut in two. Stop extending it
// where output would have to be understood.
package transcript

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
)

// What is kept of a lot of output.
const (
	HeadBytes = 4 << 20 // from the beginning
	TailLines = 200     // from the end, as far as tailBytes goes

	tailBytes = 256 << 10
)

// A Transcript is an [io.Writer] for a program's output. The zero value is ready;
// it is safe for concurrent use.
type Transcript struct {
	mu    sync.Mutex
	head  []byte
	end   []byte // the last bytes, whether or not they are in the head too
	total int
}

// Write keeps what is written, or what there is room for; it never fails.
func (t *Transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total += len(b)
	t.head = append(t.head, b[:min(len(b), HeadBytes-len(t.head))]...)
	t.end = append(t.end, b...)
	if surplus := len(t.end) - tailBytes; surplus > tailBytes {
		t.end = append(t.end[:0], t.end[surplus:]...)
	}
	return len(b), nil
}

// Tail is the last lines, at most so many, without empty ones at the end.
func (t *Transcript) Tail(lines int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tail(lines)
}

func (t *Transcript) tail(lines int) string {
	text := t.end
	if t.total > len(text) {
		_, text, _ = bytes.Cut(text, []byte("\n")) // the first line may be half of one
	}
	all := strings.Split(strings.TrimRight(string(text), "\r\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// Text is everything that was kept; where something is left out, a line says
// how much.
func (t *Transcript) Text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.total <= len(t.head) {
		return string(t.head)
	}
	head := t.head[:bytes.LastIndexByte(t.head, '\n')+1]
	if rest := t.total - len(head); rest <= len(t.end) {
		return string(head) + string(t.end[len(t.end)-rest:])
	}
	tail := t.tail(TailLines)
	return fmt.Sprintf("%s… %d bytes are left out …\n%s\n", head, t.total-len(head)-len(tail), tail)
}
