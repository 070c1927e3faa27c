package gotest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The patterns select the same subtests as package testing.
func TestSelectNames(t *testing.T) {
	names := []string{"A-01", "A-02", "B-01"}
	for _, c := range []struct{ run, skip, want string }{
		{"", "", "A-01 A-02 B-01"},
		{"TestX", "", "A-01 A-02 B-01"},
		{"TestX/A", "", "A-01 A-02"},
		{"TestX/^A-01$", "", "A-01"},
		{"^TestX$/^A-01$/^a_scenario$", "", "A-01"},
		{"TestX/(A-01|B)", "", "A-01 B-01"},
		{"TestX/A-01|TestX/B", "", "A-01 B-01"},
		{"TestY/A-01|TestX", "", "A-01 A-02 B-01"},
		{"TestY|TestZ/B", "", ""},
		{"TestX/[AB]-01", "", "A-01 B-01"},
		{"TestX/[/(|]|TestX/B", "", "B-01"},
		{"TestX/C", "", ""},
		{"", "TestX/A", "B-01"},
		{"", "TestX/A-01/scenario", "A-01 A-02 B-01"},
		{"TestX/A", "TestX/A-01", "A-02"},
		{"TestX/A\\-01", "TestY", "A-01"},
	} {
		assert.Equal(t, c.want, strings.Join(selectNames("TestX", names, c.run, c.skip), " "), "%q without %q", c.run, c.skip)
	}
	assert.Equal(t, []string{"B-01"}, selectNames("TestX/the_fake", names, "TestX/the fake/B", ""))
}

func TestCommand(t *testing.T) {
	const here = "github.com/cvconform/cvconform/internal/gotest"
	assert.Equal(t, "go test -count=1 -run '^TestX$/^an_x\\.y.s$' "+here, Command("TestX/an_x.y's"))
}
