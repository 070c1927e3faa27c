package steps_test

import (
	"testing"

	"github.com/cvconform/cvconform/steps"
)

func TestFakeIsConformant(t *testing.T) {
	steps.Test(t, steps.Config{Storage: "process"})
}
