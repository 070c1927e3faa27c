package situation

import "slices"

// A ActTree is all that is done to one project (or one pair of twins): the
// situations that share it, as a tree of acts.
type ActTree struct {
	Key       string
	Exclusive bool // performed while no other lineage is
	Root      *Node
}

// A Node is one act of a lineage; its children continue it, one after another.
type Node struct {
	Key      string
	Act      Act
	Children []*Node
}

// PlanVersion is the number of the rules by which situations share projects. It
// changes with them: what was performed by other rules is not what this program
// would judge. Reports of before it was counted have none.
const PlanVersion = 2

// Plan merges situations into lineages, in the order of first appearance.
// Every distinct act of a lineage is performed once.
func Plan(situations []Situation) []*ActTree {
	var lineages []*ActTree
	byKey := map[string]*ActTree{}
	for _, s := range situations {
		l := byKey[s.TreeKey()]
		if l == nil {
			l = &ActTree{Key: s.TreeKey(), Exclusive: s.IsExclusive(), Root: &Node{}}
			byKey[l.Key] = l
			lineages = append(lineages, l)
		}
		l.add(s)
	}
	for _, l := range lineages {
		l.Root.sortChildren()
	}
	return lineages
}

// sortChildren puts what continues an act behind what stands beside it: exports are of
// the iteration that was trained last, so they precede a second training.
func (n *Node) sortChildren() {
	slices.SortStableFunc(n.Children, func(a, b *Node) int { return rank(a.Act) - rank(b.Act) })
	for _, c := range n.Children {
		c.sortChildren()
	}
}

func rank(a Act) int {
	if a.isLeaf() {
		return 0
	}
	return 1
}

// OneTreePerSituation is the plan of a single situation that shares nothing.
func OneTreePerSituation(s Situation) *ActTree { return Plan([]Situation{s})[0] }

func (l *ActTree) add(s Situation) {
	trunk, leaves := s.split()
	at := l.Root
	for i, a := range trunk {
		at = at.child(join(trunk[:i+1]), a)
	}
	for _, a := range leaves {
		at.child(join(append(append([]Act(nil), trunk...), a)), a)
	}
}

// Projects is how many projects of the lineage may stand at a time: a pair, or
// the project that stands while others are attempted, since a wrong service
// creates what it should refuse.
func (l *ActTree) Projects() int { return l.Root.liveProjects() }

func (n *Node) liveProjects() int {
	most := 0
	for _, c := range n.Children {
		own := 0
		switch {
		case c.Act.Pair:
			own = 2
		case c.Act.Verb == Create || c.Act.Verb == Attempt:
			own = 1
		}
		most = max(most, own+c.liveProjects())
	}
	return most
}

// Keys lists the keys of all acts of the lineage.
func (l *ActTree) Keys() []string { return l.Root.descendantKeys() }

func (n *Node) descendantKeys() []string {
	var keys []string
	for _, c := range n.Children {
		keys = append(append(keys, c.Key), c.descendantKeys()...)
	}
	return keys
}

func (n *Node) child(key string, a Act) *Node {
	for _, c := range n.Children {
		if c.Key == key {
			return c
		}
	}
	c := &Node{Key: key, Act: a}
	n.Children = append(n.Children, c)
	return c
}
