package situation

import "slices"

// A Lineage is all that is done to one project (or one pair of twins): the
// situations that share it, as a tree of acts.
type Lineage struct {
	Key   string
	Quiet bool // performed while no other lineage is
	Root  *Node
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
func Plan(situations []Situation) []*Lineage {
	var lineages []*Lineage
	byKey := map[string]*Lineage{}
	for _, s := range situations {
		l := byKey[s.Lineage()]
		if l == nil {
			l = &Lineage{Key: s.Lineage(), Quiet: s.Quiet(), Root: &Node{}}
			byKey[l.Key] = l
			lineages = append(lineages, l)
		}
		l.add(s)
	}
	for _, l := range lineages {
		l.Root.settle()
	}
	return lineages
}

// settle puts what continues an act behind what stands beside it: exports are of
// the iteration that was trained last, so they precede a second training.
func (n *Node) settle() {
	slices.SortStableFunc(n.Children, func(a, b *Node) int { return rank(a.Act) - rank(b.Act) })
	for _, c := range n.Children {
		c.settle()
	}
}

func rank(a Act) int {
	if a.leaf() {
		return 0
	}
	return 1
}

// Alone is the plan of a single situation that shares nothing.
func Alone(s Situation) *Lineage { return Plan([]Situation{s})[0] }

func (l *Lineage) add(s Situation) {
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
func (l *Lineage) Projects() int { return l.Root.standing() }

func (n *Node) standing() int {
	most := 0
	for _, c := range n.Children {
		own := 0
		switch {
		case c.Act.Twins:
			own = 2
		case c.Act.Verb == Create || c.Act.Verb == Attempt:
			own = 1
		}
		most = max(most, own+c.standing())
	}
	return most
}

// Keys lists the keys of all acts of the lineage.
func (l *Lineage) Keys() []string { return l.Root.below() }

func (n *Node) below() []string {
	var keys []string
	for _, c := range n.Children {
		keys = append(append(keys, c.Key), c.below()...)
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
