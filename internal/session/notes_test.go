package session

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"golang.org/x/time/rate"
)

func TestOutputOfAnImageShowsNoSecretVariable(t *testing.T) {
	notes := NewNotes(Settings{Target: Target{VariableSecrets: []string{"s3cret=value"}}})
	assert.Equal(t, "it has ⟦image-env:1⟧ and b=c", notes.RedactOutput("it has s3cret=value and b=c"))
}

func TestLimiter(t *testing.T) {
	for _, unlimited := range []rate.Limit{rate.Inf, rate.Limit(math.Inf(1))} {
		assert.Nil(t, Network{Limit: unlimited}.limiter())
	}
	limiter := Network{Limit: 0.5}.limiter()
	assert.Equal(t, []any{rate.Limit(0.5), 1}, []any{limiter.Limit(), limiter.Burst()})
}

func TestCleanupsRunInReverseOrder(t *testing.T) {
	var cleanups Cleanups
	var order []int
	failed := errors.New("failed")
	for i := range 3 {
		cleanups.Add(func(context.Context) error {
			order = append(order, i)
			if i == 1 {
				return failed
			}
			return nil
		})
	}
	assert.ErrorIs(t, cleanups.Run(t.Context()), failed)
	assert.Equal(t, []int{2, 1, 0}, order)
	assert.NoError(t, cleanups.Run(t.Context()), "each function runs once")
}
