package customvision

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
)

// Limits of a server that [NewHTTPServer] returns.
const (
	// HeaderTimeout limits the time to read the header of a request.
	HeaderTimeout = 10 * time.Second
	// BodyTimeout limits the time to read a whole request. A batch of 64 images of 6 MB needs less at 10 Mbit/s.
	BodyTimeout = 10 * time.Minute
	// ResponseTimeout limits the time from the end of a request's header to the end of its response, including the
	// delay of a fault.
	ResponseTimeout = 30 * time.Minute
	// IdleTimeout limits the time between two requests on a connection.
	IdleTimeout = 2 * time.Minute
	// HeaderBytes limits the size of a request's header.
	HeaderBytes = 64 << 10
)

// NewHTTPServer returns a server for a [Server] or its control API, with limits on the time and size of each
// request. Errors of net/http are logged to logger. If logger is nil, they are discarded.
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
		ConnContext:       defect.ConnContext,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}
