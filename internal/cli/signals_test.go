package cli

import (
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestSignalsWithinASecondAreOneInterrupt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals, ended := make(chan os.Signal), false
		ctx := UntilInterrupted(signals, time.Now, func() { ended = true })
		synctest.Wait()
		assert.NoError(t, ctx.Err())
		for _, s := range []struct {
			pause time.Duration
			ended bool
		}{{0, false}, {0, false}, {sameInterrupt - 1, false}, {1, true}} {
			<-time.After(s.pause) // of virtual time
			signals <- os.Interrupt
			synctest.Wait()
			assert.Error(t, ctx.Err(), "the first signal cancels the context")
			assert.Equal(t, s.ended, ended, "after %s", s.pause)
		}
	})
}
