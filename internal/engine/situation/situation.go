package situation

import "strings"

// End is the key of the observation after the last act of a tree.
const End = "end"

// A Situation is a sequence of acts that begins with a Create. The order of exports, attempts and reads at its
// end has no meaning.
type Situation struct{ Acts []Act }

// With returns the situation with one more act.
func (s Situation) With(a Act) Situation {
	return Situation{Acts: append(append([]Act(nil), s.Acts...), a)}
}

// Key returns the key of the situation. Equal situations have equal keys.
func (s Situation) Key() string { return join(s.Acts) }

// Last returns the act that the scenario tests; the zero Act for an empty situation.
func (s Situation) Last() Act {
	if len(s.Acts) == 0 {
		return Act{}
	}
	return s.Acts[len(s.Acts)-1]
}

// Nodes returns the keys of the acts in the order performed, as events have them.
func (s Situation) Nodes() []string {
	trunk, leaves := s.split()
	var keys []string
	for i := range trunk {
		keys = append(keys, join(trunk[:i+1]))
	}
	for _, leaf := range leaves {
		keys = append(keys, join(append(append([]Act(nil), trunk...), leaf)))
	}
	return keys
}

// split separates the exports, attempts and reads at the end from the other acts.
func (s Situation) split() (trunk, leaves []Act) {
	n := len(s.Acts)
	for n > 0 && s.Acts[n-1].isLeaf() {
		n--
	}
	return s.Acts[:n], s.Acts[n:]
}

func (a Act) isLeaf() bool { return a.Verb == Export || a.Verb == Attempt || a.Verb == Read }

// TreeKey returns the key of the situation's act tree: its acts up to the last one that is neither a leaf nor the
// training that follows directly. Situations with the same tree key share a project. Attempts have a tree of their own,
// because it is exclusive.
func (s Situation) TreeKey() string {
	n := 0
	for i, a := range s.Acts {
		continues := a.Verb == Train && (i == 0 || !s.Acts[i-1].isLeaf())
		if !continues && !a.isLeaf() {
			n = i + 1
		}
	}
	key := join(s.Acts[:n])
	if s.Last().Verb == Attempt {
		return key + " > attempts"
	}
	return key
}

// IsExclusive reports whether the scenario claims that nothing at all is written, so that no other act tree may be
// performed at the same time.
func (s Situation) IsExclusive() bool {
	if s.Last().Verb == Attempt {
		return true
	}
	for _, a := range s.Acts {
		if a.Verb == Update || a.Storage.Any() {
			return false
		}
	}
	return true
}

func join(acts []Act) string {
	words := make([]string, len(acts))
	for i, a := range acts {
		words[i] = a.String()
	}
	return strings.Join(words, " > ")
}
