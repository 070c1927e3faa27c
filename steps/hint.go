package steps

import "errors"

// Hint is the way out of an error of [Run], or of another of its kind; "" where there is none to tell.
func Hint(err error) string {
	var usage *UsageError
	var environment *EnvironmentError
	var left *LeftBehindError
	switch {
	case errors.As(err, &usage):
		return usage.Hint
	case errors.As(err, &environment):
		return environment.Hint
	case errors.As(err, &left):
		return left.Hint
	}
	return ""
}

func formatHint(err error) string {
	if h := Hint(err); h != "" {
		return " (" + h + ")"
	}
	return ""
}
