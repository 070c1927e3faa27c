package report

import (
	"regexp"
	"strings"
)

// blockedPrefix begins the summary of a step whose precondition is missing.
const blockedPrefix = "blocked: "

// A cause is the reason of a scenario in a form that is equal for equal reasons.
type cause struct {
	text string
	call string // the API call that the service refused; "" for other reasons
}

// A normalizer replaces the parts of a text that differ between runs and between projects
// of a run.
type normalizer struct {
	platforms *regexp.Regexp // nil if the report has none
}

func newNormalizer(r *Report) normalizer {
	var names []string
	for _, p := range r.Run.Platforms {
		names = append(names, regexp.QuoteMeta(p))
	}
	if len(names) == 0 {
		return normalizer{}
	}
	return normalizer{regexp.MustCompile(`\b(?:` + strings.Join(names, "|") + `)\b`)}
}

// refusedCall matches a problem that is the refusal of an API call.
var refusedCall = regexp.MustCompile(`^(\w+) returned ([45]\d\d)\b`)

// isUnsupported reports whether a status shows that the service does not have the operation. Then the
// name of the call is no part of the cause: a service that lacks five operations has one gap.
func isUnsupported(status string) bool { return status == "404" || status == "405" || status == "501" }

// cause returns the cause of a scenario's verdict. A refused call is the cause, whichever step needed it. Otherwise the
// expected and the observed value are, and if there are none, the step and its summary.
func (n normalizer) cause(s *Scenario) cause {
	step := decidingStep(s)
	if step == nil {
		first, _, _ := strings.Cut(s.Reason, "\n")
		return cause{text: n.normalize(first)}
	}
	got := strings.TrimPrefix(step.Got, blockedPrefix)
	if match := refusedCall.FindStringSubmatch(got); match != nil {
		if isUnsupported(match[2]) {
			return cause{text: "a call " + n.normalize(got[len(match[1]):]), call: match[1]}
		}
		return cause{text: n.normalize(got)}
	}
	if step.Want == "" && got == "" {
		return cause{text: n.normalize(step.Text + ": " + step.Summary)}
	}
	return cause{text: "want " + n.normalize(step.Want) + "; got " + n.normalize(got)}
}

// A replacement replaces the matches of a pattern.
type replacement struct {
	pattern *regexp.Regexp
	with    string
}

// replacements are applied in this order, because the later patterns match parts of the
// earlier ones.
var replacements = []replacement{
	{regexp.MustCompile(`(?:none that belongs here: )?the queue (?:holds .*|is empty)`), "the queue does not hold it"},
	{regexp.MustCompile(`https?://[^\s/"'|)]+`), "<origin>"},
	{regexp.MustCompile(`\bcvc-\d{8}t\d{6}-[0-9a-f]{8}-\d+-q\d+\b`), "<queue>"},
	{regexp.MustCompile(`\bcvc-\d{8}t\d{6}-[0-9a-f]{8}-\d+-c\d+\b`), "<container>"},
	{regexp.MustCompile(`[\w-]*cvconform-\d{8}t\d{6}-[0-9a-f]{8}-\d+[\w-]*`), "<project>"},
	{regexp.MustCompile(`\b\d{8}t\d{6}-[0-9a-f]{8}\b`), "<run>"},
	{regexp.MustCompile(`(?i)\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b`), "<id>"},
	{regexp.MustCompile(`⟦(\w+):\d+⟧`), "⟦$1⟧"},
	{regexp.MustCompile(`(?i)\b[0-9a-f]{12,}\b`), "<digest>"},
	{regexp.MustCompile(`\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?`), "<time>"},
	{regexp.MustCompile(`\b\d\d:\d\d:\d\d(?:\.\d+)?\b`), "<time>"},
	{regexp.MustCompile(`\b(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+\b`), "<duration>"},
	{regexp.MustCompile(`\b\d+ bytes\b`), "<n> bytes"},
	{regexp.MustCompile(`\b\d{1,2} ([A-Za-z])`), "<n> $1"},
}

// normalize returns text with placeholders for ids, names, times, durations and numbers of
// things.
func (n normalizer) normalize(text string) string {
	for _, r := range replacements {
		text = r.pattern.ReplaceAllString(text, r.with)
	}
	if n.platforms != nil {
		text = n.platforms.ReplaceAllString(text, "<platform>")
	}
	return strings.Join(strings.Fields(text), " ")
}
