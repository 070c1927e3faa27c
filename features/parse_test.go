package features

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWithoutStepRemovesTheArgument(t *testing.T) {
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

const withBackgrounds = `Feature: f
  Description of f.

  Background:
    Given a

  @CVSI-X-01 @must
  Rule: r1
    First line,
    second line.

    Background:
      Given b
      And c

    @one
    Scenario: s1
      When d
      Then e
      And f

    Scenario: s2
      When g
      Then h

  @CVSI-X-02 @may
  Rule: r2

    Scenario Outline: s3 <n>
      When i
      Then <n>

      Examples:
        | n |
        | 1 |
        | 2 |
`

func TestScenarioHasTheStepsOfItsBackgrounds(t *testing.T) {
	rules := map[string]Requirement{}
	require.NoError(t, parse("x.feature", []byte(withBackgrounds), rules))
	r1, r2 := rules["CVSI-X-01"], rules["CVSI-X-02"]
	assert.Equal(t, "First line, second line.", r1.Description)
	assert.Empty(t, r2.Description)
	assert.Equal(t, []string{"a", "b", "c", "d", "e", "f"}, r1.Scenarios[0].Steps)
	assert.Equal(t, []string{"a", "b", "c", "g", "h"}, r1.Scenarios[1].Steps)
	assert.Equal(t, []string{"a", "i", "1"}, r2.Scenarios[0].Steps)
	assert.Equal(t, []int{17, 22, 35, 36},
		[]int{r1.Scenarios[0].Line, r1.Scenarios[1].Line, r2.Scenarios[0].Line, r2.Scenarios[1].Line})
}

func TestContentKeepsBackgroundsOnTheirLines(t *testing.T) {
	rules := map[string]Requirement{}
	require.NoError(t, parse("x.feature", []byte(withBackgrounds), rules))
	assert.Equal(t, `Feature: f
  Description of f.

  Background:
    Given a

  @CVSI-X-01 @must
  Rule: r1
    First line,
    second line.

    Background:
      Given b
      And c







    Scenario: s2
      When g
      Then h













`, string(rules["CVSI-X-01"].Scenarios[1].Content())+"\n")
	outline := string(rules["CVSI-X-02"].Scenarios[1].Content())
	assert.Equal(t, "Feature: f\n  Description of f.\n\n  Background:\n    Given a\n", outline[:strings.Index(outline, "\n\n\n")+1])
	assert.NotContains(t, outline, "Given b")
	assert.NotContains(t, outline, "| 1 |")
	assert.Contains(t, outline, "| 2 |")
}

func TestWithoutStepKeepsBackgrounds(t *testing.T) {
	rules := map[string]Requirement{}
	require.NoError(t, parse("x.feature", []byte(withBackgrounds), rules))
	s := rules["CVSI-X-01"].Scenarios[0]
	all := s.ThenSteps()
	require.Len(t, all, 2)
	less := s.WithoutStep(all[0])
	assert.Equal(t, []string{"a", "b", "c", "d", "f"}, less.Steps)
	assert.Equal(t, 20, less.ThenSteps()[0].Line)
	again := map[string]Requirement{}
	require.NoError(t, parse("x.feature", less.Content(), again), "the And has become a Then")
	assert.Equal(t, less.ThenSteps(), again["CVSI-X-01"].Scenarios[0].ThenSteps())
}

func TestParseErrors(t *testing.T) {
	const rule = "  @CVSI-X-01 @must\n  Rule: r\n"
	for feature, want := range map[string]string{
		"  Scenario: s\n    When a\n":                             "x.feature:2: the scenario is outside a Rule",
		"  Background:\n    Given a\n    When b\n":                "x.feature:4: a Background has Given steps only",
		"  Background:\n    And a\n":                              "x.feature:3: a Background has Given steps only",
		rule + "    Background:\n      Then a\n":                  "x.feature:5: a Background has Given steps only",
		rule:                                                      "x.feature:3: CVSI-X-01 has no scenario",
		"  @must\n  Rule: r\n":                                    "x.feature:3: the Rule needs a tag @CVSI-… and one of @must, @should and @may",
		"  @CVSI-X-01\n  Rule: r\n":                               "x.feature:3: the Rule needs a tag @CVSI-… and one of @must, @should and @may",
		strings.Repeat(rule+"    Scenario: s\n      When a\n", 2): "x.feature:7: CVSI-X-01 has two Rules",
	} {
		err := parse("x.feature", []byte("Feature: f\n"+feature), map[string]Requirement{})
		assert.EqualError(t, err, want, feature)
	}
}

func TestJoinErrors(t *testing.T) {
	_, err := join([]entry{{ID: "CVSI-X-01"}}, map[string]Requirement{})
	assert.EqualError(t, err, "requirements.yaml: CVSI-X-01 has no Rule in a feature file")
	_, err = join(nil, map[string]Requirement{"CVSI-X-01": {Feature: "x.feature", Line: 3}})
	assert.EqualError(t, err, "x.feature:3: CVSI-X-01 is not in requirements.yaml")
}
