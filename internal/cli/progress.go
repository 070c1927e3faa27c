package cli

import (
	"fmt"
	"io"
	"sync"

	"github.com/schollz/progressbar/v3"

	"github.com/cvconform/cvconform/steps"
	"github.com/cvconform/cvconform/steps/report"
)

// A progress shows how a run goes on: a line that moves on a terminal, plain
// lines elsewhere.
type progress struct {
	out      io.Writer
	terminal bool

	mu   sync.Mutex
	bar  *progressbar.ProgressBar
	done int
}

func newProgress(w Runtime) *progress { return &progress{out: w.Stderr, terminal: w.Terminal} }

func (p *progress) show(news steps.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case news.Line != "":
		p.clear()
		fmt.Fprintln(p.out, report.EscapeControl(news.Line))
	case p.terminal:
		p.move(news)
	case news.Done > p.done:
		p.done = news.Done
		fmt.Fprintf(p.out, "%3d of %d  %s\n", news.Done, news.All, news.Title)
	}
}

func (p *progress) move(news steps.Progress) {
	if p.bar == nil {
		p.bar = progressbar.NewOptions(news.All, progressbar.OptionSetWriter(p.out), progressbar.OptionSetWidth(20),
			progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(false), progressbar.OptionClearOnFinish())
	}
	p.bar.Describe(fmt.Sprintf("%.60s", news.Title))
	_ = p.bar.Set(news.Done) // the terminal is gone: nothing to show
}

func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// end takes the moving line away.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}
