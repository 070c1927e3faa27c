package gateway

import (
	"context"
	"net/http"
	"time"

	"github.com/cvconform/cvconform/internal/observe"
)

// state is shared by the proxies of a gateway.
type state struct {
	now       func() time.Time
	log       observe.OperationLog
	rules     rules
	transport *http.Transport
	ctx       context.Context // ends when Close gives up on requests in flight
	cancel    context.CancelFunc
	closing   chan struct{} // closed when Close begins: no request is held any longer
}
