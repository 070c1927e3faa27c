package customvision

import (
	"log/slog"
	"net/http"
	"time"
)

// Limits of a server that [NewHTTPServer] makes.
const (
	// HeaderTimeout bounds the header of a request.
	HeaderTimeout = 10 * time.Second
	// BodyTimeout bounds a whole request: a batch of 64 images of 6 MB at 10 Mbit/s
	// takes less.
	BodyTimeout = 10 * time.Minute
	// AnswerTimeout bounds a call from the end of its header to the end of its
	// answer, the delay of a fault included.
	ResponseTimeout = 30 * time.Minute
	// IdleTimeout bounds the time between two requests of a connection.
	IdleTimeout = 2 * time.Minute
	// HeaderBytes bounds the header of a request.
	HeaderBytes = 64 << 10
)

// NewHTTPServer returns a server for a [Server] or its control plane that no
// caller can keep waiting for ever. What net/http complains of goes to the
// logger; nil means that it is discarded.
func NewHTTPServer(handler http.Handler, logger *slog.Logger) *http.Server {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: HeaderTimeout,
		ReadTimeout:       BodyTimeout,
		WriteTimeout:      ResponseTimeout,
		IdleTimeout:       IdleTimeout,
		MaxHeaderBytes:    HeaderBytes,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}
