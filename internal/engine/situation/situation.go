package situation

import "strings"

// End is the key of the observation after the last act of a lineage.
const End = "end"

// A Situation is a sequence of acts that begins with a Create. Exports and
// attempts at its end stand beside each other: their order means nothing.
type Situation struct{ Acts []Act }

// With returns the situation with one more act.
func (s Situation) With(a Act) Situation {
	return Situation{Acts: append(append([]Act(nil), s.Acts...), a)}
}

// Key names the situation: equal situations have equal keys.
func (s Situation) Key() string { return join(s.Acts) }

// Last is the act that the scenario is about; the zero Act in an empty situation.
func (s Situation) Last() Act {
	if len(s.Acts) == 0 {
		return Act{}
	}
	return s.Acts[len(s.Acts)-1]
}

// Nodes lists the keys of the acts in the order performed, as events carry them.
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

// split cuts the exports and attempts off the end.
func (s Situation) split() (trunk, leaves []Act) {
	n := len(s.Acts)
	for n > 0 && s.Acts[n-1].isLeaf() {
		n--
	}
	return s.Acts[:n], s.Acts[n:]
}

func (a Act) isLeaf() bool { return a.Verb == Export || a.Verb == Attempt }

// TreeKey names the project on which the situation is performed: the acts up
// to the last disturbing one. Situations of one lineage share its project.
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
		return "attempts beside " + key
	}
	return key
}

// IsExclusive says whether the situation claims that nothing at all is written: it
// is performed while no other is.
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
