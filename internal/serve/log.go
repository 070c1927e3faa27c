package serve

import (
	"fmt"
	"log/slog"
	"slices"
)

func (o Options) checkLog() error {
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, o.LogLevel) {
		return usage("", "log level %q is none of debug, info, warn, error", o.LogLevel)
	}
	if o.LogFormat != "text" && o.LogFormat != "json" {
		return usage("", "log format %q is none of text, json", o.LogFormat)
	}
	return nil
}

// newLogger makes a logger that replaces what is secret by then.
func (s *server) newLogger() *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.options.LogLevel)) // was checked
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Value.Kind() {
		case slog.KindString:
			a.Value = slog.StringValue(s.redact(a.Value.String()))
		case slog.KindAny:
			a.Value = slog.StringValue(s.redact(fmt.Sprint(a.Value.Any())))
		}
		return a
	}}
	if s.options.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(s.options.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(s.options.Stderr, options))
}
