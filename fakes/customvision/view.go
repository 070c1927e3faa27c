package customvision

import "slices"

// view is what a project holds at one time: its workspace as it is now, or what
// an iteration was trained from.
type view struct {
	tags   []*tag
	images []*image
}

func (p *project) workspace() view { return view{p.tags, p.images} }

func (v view) clone() view {
	c := view{make([]*tag, len(v.tags)), make([]*image, len(v.images))}
	for n, t := range v.tags {
		copied := *t
		c.tags[n] = &copied
	}
	for n, i := range v.images {
		c.images[n] = i.clone()
	}
	return c
}

// trainedOn is a copy of what a training takes: with the tags it selects alone,
// and without the images that show only other ones.
func (v view) trainedOn(asked training) view {
	c := v.clone()
	if asked.tags == nil {
		return c
	}
	c.tags = slices.DeleteFunc(c.tags, func(t *tag) bool { return !asked.selects(t.id) })
	c.images = slices.DeleteFunc(c.images, func(i *image) bool {
		labelled := i.labelled()
		i.tags = slices.DeleteFunc(i.tags, func(on tagging) bool { return !asked.selects(on.tag) })
		i.regions = slices.DeleteFunc(i.regions, func(on region) bool { return !asked.selects(on.tag) })
		return labelled && !i.labelled()
	})
	return c
}

// labelled tells whether an image shows anything that has a tag.
func (i *image) labelled() bool { return len(i.tags)+len(i.regions) > 0 }

// inView calls f under the lock with what the parameter iterationId asks for:
// the workspace, where it is absent.
func (s *Server) inView(r *request, f func(*project, view) (any, error)) (any, error) {
	asked := r.param("iterationId")
	return s.inProject(r, func(p *project) (any, error) {
		if asked == "" {
			return f(p, p.workspace())
		}
		id, err := parseID(asked)
		if err != nil {
			return nil, err
		}
		i := p.iteration(id)
		if i == nil {
			return nil, errIterationNotFound(id)
		}
		return f(p, i.taken)
	})
}
