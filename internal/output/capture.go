// Package output captures the output of a program: all of it up to a limit, otherwise the beginning and the end with
// the number of omitted bytes.
//
// It does not redact secrets, so a caller must do that before it shows the text. For that purpose it omits whole lines
// only, which never cuts a secret in two. Stop extending the package where output would have to be interpreted.
package output

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
)

// Limits of the captured output.
const (
	HeadBytes = 4 << 20 // at the beginning
	TailLines = 200     // at the end, within tailBytes

	tailBytes  = 256 << 10
	shownBytes = 16 << 10 // in the result of Tail
)

// Capture is an [io.Writer] for the output of a program. The zero value is ready to use. It is safe for concurrent use.
type Capture struct {
	mu    sync.Mutex
	head  []byte
	end   []byte // the last bytes, which may also be in head
	total int
}

// Write implements io.Writer. It never returns an error.
func (c *Capture) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total += len(b)
	c.head = append(c.head, b[:min(len(b), HeadBytes-len(c.head))]...)
	c.end = append(c.end, b...)
	if surplus := len(c.end) - tailBytes; surplus > tailBytes {
		c.end = append(c.end[:0], c.end[surplus:]...)
	}
	return len(b), nil
}

// Tail returns at most the given number of lines from the end, within 16 KiB and without empty lines at the end. If a
// line is too long, the result begins with a line that gives the number of omitted bytes.
func (c *Capture) Tail(lines int) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := strings.Split(c.lastLines(lines), "\n")
	from, size := len(all), 0
	for ; from > 0 && size+len(all[from-1]) < shownBytes; from-- {
		size += len(all[from-1]) + 1
		all[from-1] = strings.TrimRight(all[from-1], "\r")
	}
	text := strings.Join(all[from:], "\n")
	if from > 0 {
		text = omission(len(strings.Join(all[:from], "\n"))) + text
	}
	return text
}

func (c *Capture) lastLines(count int) string {
	text := c.end
	if c.total > len(text) {
		_, text, _ = bytes.Cut(text, []byte("\n")) // the first line may be incomplete
	}
	all := strings.Split(strings.TrimRight(string(text), "\r\n"), "\n")
	return strings.Join(all[max(0, len(all)-count):], "\n")
}

// Text returns everything that was captured. If output was omitted, a line gives the number of omitted bytes.
func (c *Capture) Text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.total <= len(c.head) {
		return string(c.head)
	}
	head := c.head[:bytes.LastIndexByte(c.head, '\n')+1]
	if rest := c.total - len(head); rest <= len(c.end) {
		return string(head) + string(c.end[len(c.end)-rest:])
	}
	tail := c.lastLines(TailLines)
	return string(head) + omission(c.total-len(head)-len(tail)) + tail + "\n"
}

// omission returns the line that replaces omitted output.
func omission(count int) string { return fmt.Sprintf("… %d bytes omitted …\n", count) }
