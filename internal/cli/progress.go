package cli

import (
	"fmt"
	"io"
	"sync"

	"github.com/schollz/progressbar/v3"

	"github.com/cvconform/cvconform/internal/textfmt"
	"github.com/cvconform/cvconform/steps"
)

// A progress shows the progress of a run: a progress bar on a terminal, one line per
// situation elsewhere.
type progress struct {
	out      io.Writer
	terminal bool

	mu   sync.Mutex
	bar  *progressbar.ProgressBar
	done int
}

func newProgress(w Runtime) *progress { return &progress{out: w.Stderr, terminal: w.Terminal} }

// show shows one piece of news. It may be called concurrently.
func (p *progress) show(news steps.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case news.Line != "":
		p.clear()
		fmt.Fprintln(p.out, textfmt.EscapeControl(inFlags(news.Line)))
	case p.terminal:
		p.update(news)
	case news.Done > p.done:
		p.done = news.Done
		fmt.Fprintf(p.out, "%3d of %d  %s\n", news.Done, news.All, news.Title)
	}
}

// update updates the progress bar.
func (p *progress) update(news steps.Progress) {
	if p.bar == nil {
		p.bar = progressbar.NewOptions(news.All, progressbar.OptionSetWriter(p.out), progressbar.OptionSetWidth(20),
			progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(false), progressbar.OptionClearOnFinish())
	}
	p.bar.Describe(textfmt.Truncate(news.Title, 60))
	_ = p.bar.Set(news.Done) // an error means that the terminal is closed
}

func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// end removes the progress bar.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}
