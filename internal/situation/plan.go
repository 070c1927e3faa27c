package situation

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
	return lineages
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
