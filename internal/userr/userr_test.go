package userr_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/userr"
)

func TestHint(t *testing.T) {
	cause := errors.New("no Docker")
	environment := &userr.EnvironmentError{Err: cause, Hint: "start Docker"}
	assert.Equal(t, "start Docker", userr.Hint(fmt.Errorf("run: %w", environment)))
	assert.Empty(t, userr.Hint(cause))
	assert.ErrorIs(t, environment, cause)
	assert.EqualError(t, environment, "no Docker")
	assert.ErrorIs(t, &userr.UsageError{Err: cause}, cause)
	assert.EqualError(t, userr.Usagef("", "unknown storage %q", "x"), `unknown storage "x"`)
	assert.Equal(t, "delete them", userr.Hint(&userr.LeftBehindError{Err: cause, Hint: "delete them"}))
}
