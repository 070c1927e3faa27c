// Package output keeps what a program prints: the whole of it, or of a lot
// the beginning and the end. What lies between is counted.
//
// It knows nothing of secrets: whoever shows a transcript has to. For their sake
// it cuts between lines only, where no secret is cut in two. Stop extending it
// where output would have to be understood.
package output

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

	tailBytes  = 256 << 10
	shownBytes = 16 << 10 // what a person is shown of the end
)

// A Capture is an [io.Writer] for a program's output. The zero value is ready;
// it is safe for concurrent use.
type Capture struct {
	mu    sync.Mutex
	head  []byte
	end   []byte // the last bytes, whether or not they are in the head too
	total int
}

// Write keeps what is written, or what there is room for; it never fails.
func (t *Capture) Write(b []byte) (int, error) {
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

// Tail is the last lines for a person to read: at most so many, and 16 KiB in all,
// without empty ones at the end. Where a line was too long, one says how much is
// left out.
func (t *Capture) Tail(lines int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := strings.Split(t.tail(lines), "\n")
	from, size := len(all), 0
	for ; from > 0 && size+len(all[from-1]) < shownBytes; from-- {
		size += len(all[from-1]) + 1
		all[from-1] = strings.TrimRight(all[from-1], "\r")
	}
	text := strings.Join(all[from:], "\n")
	if from > 0 {
		text = fmt.Sprintf("… %d bytes are left out …\n%s", len(strings.Join(all[:from], "\n")), text)
	}
	return text
}

func (t *Capture) tail(lines int) string {
	text := t.end
	if t.total > len(text) {
		_, text, _ = bytes.Cut(text, []byte("\n")) // the first line may be half of one
	}
	all := strings.Split(strings.TrimRight(string(text), "\r\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// Text is everything that was kept; where something is left out, a line says
// how much.
func (t *Capture) Text() string {
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
