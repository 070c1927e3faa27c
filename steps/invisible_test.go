package steps

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
)

// briefly hides Training messages for two seconds.
type briefly struct{ customvision.Storage }

func (s briefly) SendMessage(ctx context.Context, queue, text string) error {
	if strings.Contains(text, `"Training"`) {
		ctx = azurestorage.WithLifetime(ctx, azurestorage.Lifetime{Invisible: 2 * time.Second})
	}
	return s.Storage.SendMessage(ctx, queue, text)
}

// A message may become visible within its budget. The queue is read several times, and each message counts once.
func TestMessageThatBecomesVisible(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Storage = briefly{o.Storage}
	c := defaultBudgets(serve(t, o))
	c.Only = []string{"CVSI-CONNECT-0[14]", "CVSI-TRAIN-0[17]"}
	r := runAndVerify(t, c)
	for _, q := range r.Requirements {
		assert.Equal(t, "passed", string(q.Verdict), "%s: %s", q.ID, q.Reason)
	}
}
