package features

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A step goes with its argument.
func TestWithoutTakesTheArgumentAway(t *testing.T) {
	const feature = `Feature: f
  @CVSI-X-01 @must
  Rule: r

    Scenario: s
      When it is done
      Then the text is
        """
        one

        two
        """
      And the table is
        | a | b |
        | c | d |
      But no more
`
	rules := map[string]Requirement{}
	require.NoError(t, parse("x.feature", []byte(feature), rules))
	s := rules["CVSI-X-01"].Scenarios[0]
	all := s.ThenSteps()
	require.Len(t, all, 3)
	assert.Equal(t, []string{"the text is", "the table is", "no more"}, []string{all[0].Text, all[1].Text, all[2].Text})
	got := string(s.WithoutStep(all[0]).WithoutStep(all[1]).Content())
	assert.Equal(
		t,
		"Feature: f\n  @CVSI-X-01 @must\n  Rule: r\n\n    Scenario: s\n      When it is done\n\n\n\n\n\n\n\n\n\n      Then no more\n",
		got,
	)
}
