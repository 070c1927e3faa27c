package azurite

import (
	"bufio"
	"io"
	"strings"
	"sync"
)

// maxLines is how much of the output is kept for error messages.
const maxLines = 40

// lines keeps the last lines that were written. It is safe for concurrent use.
type lines struct {
	mu   sync.Mutex
	kept []string
}

func (l *lines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kept = append(l.kept, line); len(l.kept) > maxLines {
		l.kept = l.kept[1:]
	}
}

// String is the kept lines, the oldest first.
func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.kept, "\n")
}

// follow reads to the end, however long a line is, keeps the last lines and shows each to see.
func (l *lines) follow(output io.Reader, see func(line string)) {
	reader := bufio.NewReader(output)
	for {
		line, err := reader.ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			l.add(line)
			see(line)
		}
		if err != nil {
			return
		}
	}
}
