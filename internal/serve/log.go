package serve

import (
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/cvconform/cvconform/fakes/customvision/journal"
)

// A redactor replaces secrets in text. The keys can be set while it is in use, because
// some of them are created after the log.
type redactor struct {
	replace atomic.Pointer[func(string) string]
}

func newRedactor(keys ...string) *redactor {
	r := &redactor{}
	r.setKeys(keys...)
	return r
}

// setKeys sets the keys to replace, in addition to signatures and tokens.
func (r *redactor) setKeys(keys ...string) {
	replace := journal.Replacer(keys...)
	r.replace.Store(&replace)
}

func (r *redactor) redact(text string) string { return (*r.replace.Load())(text) }

// newLogger returns a logger to Options.Stderr whose attributes are redacted.
func newLogger(o Options, secrets *redactor) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(o.LogLevel)) // checkLog accepts valid levels only
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Value.Kind() {
		case slog.KindString:
			a.Value = slog.StringValue(secrets.redact(a.Value.String()))
		case slog.KindAny:
			a.Value = slog.StringValue(secrets.redact(fmt.Sprint(a.Value.Any())))
		}
		return a
	}}
	if o.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(o.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(o.Stderr, options))
}
