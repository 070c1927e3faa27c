package situation

import "slices"

// An ActTree is everything that is done to one project, or to one pair of projects: the situations that share it, as
// a tree of acts.
type ActTree struct {
	Key       string
	Exclusive bool // its acts are performed while those of no other tree are
	Root      *Node
}

// A Node is one act of a tree. Its children follow it, one after another.
type Node struct {
	Key      string
	Act      Act
	Watched  bool // effects that follow the act are judged
	Children []*Node
}

// PlanVersion is the version of the rules by which situations share projects. Evidence that was recorded with another
// version does not match the plan of this program. Reports that are older than this constant have none.
const PlanVersion = 3

// Plan merges situations into act trees, in the order of their first appearance. A tree contains every distinct act
// once.
func Plan(situations []Situation) []*ActTree {
	var trees []*ActTree
	byKey := map[string]*ActTree{}
	for _, s := range situations {
		t := byKey[s.TreeKey()]
		if t == nil {
			t = &ActTree{Key: s.TreeKey(), Exclusive: s.IsExclusive(), Root: &Node{}}
			byKey[t.Key] = t
			trees = append(trees, t)
		}
		t.add(s)
	}
	for _, t := range trees {
		t.Root.sortChildren()
	}
	return trees
}

// sortChildren moves leaves before other children: an export is of the last trained iteration, so it precedes a second
// training.
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

// OneTreePerSituation returns the tree of a situation that shares its project with no other.
func OneTreePerSituation(s Situation) *ActTree { return Plan([]Situation{s})[0] }

func (t *ActTree) add(s Situation) {
	trunk, leaves := s.split()
	at := t.Root
	for i, a := range trunk {
		at = at.child(join(trunk[:i+1]), a)
	}
	for _, a := range leaves {
		at.child(join(append(append([]Act(nil), trunk...), a)), a)
	}
}

// Projects returns how many projects of the tree may exist at a time: two for a pair, and two for a project with
// attempts, because a faulty service may create a project that it should refuse.
func (t *ActTree) Projects() int { return t.Root.liveProjects() }

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

// Watch marks the acts of a situation of the tree: effects that follow them are judged.
func (t *ActTree) Watch(s Situation) { t.Root.watch(s.Nodes()) }

func (n *Node) watch(keys []string) {
	for _, c := range n.Children {
		c.Watched = c.Watched || slices.Contains(keys, c.Key)
		c.watch(keys)
	}
}

// Keys returns the keys of all acts of the tree.
func (t *ActTree) Keys() []string { return t.Root.descendantKeys() }

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
