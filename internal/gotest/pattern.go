package gotest

import (
	"flag"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Select returns those of the names whose subtests of t the flags -run and -skip of go test select.
func Select(t testing.TB, names []string) []string {
	return selectNames(t.Name(), names, flagValue("test.run"), flagValue("test.skip"))
}

func flagValue(name string) string {
	f := flag.Lookup(name)
	if f == nil {
		return ""
	}
	return f.Value.String()
}

// selectNames returns those of the names whose subtests of parent the patterns select.
func selectNames(parent string, names []string, run, skip string) []string {
	runs, skips := splitPattern(run), splitPattern(skip)
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		path := strings.Split(parent+"/"+name, "/")
		selected, _ := matches(runs, path)
		skipped, partly := matches(skips, path)
		return run != "" && !selected || skip != "" && skipped && !partly
	})
}

// matches reports whether one of the alternatives matches a path, and whether the first of those has further elements,
// which the names of subtests have to match.
func matches(alternatives [][]string, path []string) (ok, partly bool) {
	for _, elements := range alternatives {
		common := min(len(elements), len(path))
		matched := true
		for i := range common {
			found, err := regexp.MatchString(elements[i], path[i])
			matched = matched && found && err == nil
		}
		if matched {
			return true, len(elements) > len(path)
		}
	}
	return false, false
}

// splitPattern splits a pattern at | and /, except in brackets, as package testing does. The result has a list of
// elements for each alternative.
func splitPattern(pattern string) [][]string {
	alternatives, start, brackets, parentheses := [][]string{{}}, 0, 0, 0
	end := func(at int) {
		last := len(alternatives) - 1
		element := strings.ReplaceAll(pattern[start:at], " ", "_") // as in the names of subtests
		alternatives[last] = append(alternatives[last], element)
		start = at + 1
	}
	for i := 0; i < len(pattern); i++ {
		nested := brackets > 0 || parentheses > 0
		switch c := pattern[i]; {
		case c == '\\':
			i++
		case c == '[':
			brackets++
		case c == ']':
			brackets = max(brackets-1, 0)
		case c == '(' && brackets == 0:
			parentheses++
		case c == ')' && brackets == 0:
			parentheses--
		case c == '/' && !nested:
			end(i)
		case c == '|' && !nested:
			end(i)
			alternatives = append(alternatives, []string{})
		}
	}
	end(len(pattern))
	return alternatives
}
