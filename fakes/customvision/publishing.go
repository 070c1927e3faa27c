package customvision

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

func publishingRoutes() []route {
	return []route{
		{"PublishIteration", "POST", iterationPath + "/publish", maxDocument, (*Server).publishIteration},
		{"UnpublishIteration", "DELETE", iterationPath + "/publish", maxDocument, (*Server).unpublishIteration},
	}
}

// publishIteration responds with true (recorded). The fake cannot know whether the prediction resource exists: its own
// prediction endpoint serves every published iteration.
func (s *Server) publishIteration(r *request) (any, error) {
	target, err := readPublication(r)
	if err != nil {
		return nil, err
	}
	overwrite, err := r.boolean("overwrite")
	if err != nil {
		return nil, err
	}
	return s.inIteration(r, func(p *project, i *iteration) (any, error) {
		if i.trainedAt == nil {
			return nil, errNotTrained(i.id)
		}
		if i.published != nil {
			return nil, errPublished(i.published.name)
		}
		if other := p.iterationPublishedAs(target.name); other != nil {
			if !overwrite {
				return nil, errPublishNameTaken(target.name)
			}
			other.published, other.modified = nil, s.now()
		}
		i.published, i.modified = &target, s.now()
		return true, nil
	})
}

func readPublication(r *request) (publication, error) {
	name, err := r.required("publishName")
	if err != nil {
		return publication{}, err
	}
	resource, err := r.required("predictionId")
	if err != nil {
		return publication{}, err
	}
	if !validPublishName(name) {
		return publication{}, errPublishName(name)
	}
	if !isResourceID(resource) {
		return publication{}, errPublishTarget(resource)
	}
	return publication{name, resource}, nil
}

// validPublishName reports whether a name can be one segment of a URL.
func validPublishName(name string) bool {
	return len(name) <= maxPublishName && strings.Trim(name, " .") != "" &&
		!strings.ContainsFunc(name, func(c rune) bool {
			return unicode.IsControl(c) || c == unicode.ReplacementChar || strings.ContainsRune(`/\?#%`, c)
		})
}

// isResourceID reports whether text is the complete resource id of an account. It is public that the real service
// refuses an incomplete one with BadRequestInvalidPublishTarget.
func isResourceID(text string) bool {
	pattern := regexp.MustCompile(
		`(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.CognitiveServices/accounts/[^/]+$`,
	)
	return utf8.ValidString(text) && pattern.MatchString(text)
}

// iterationPublishedAs returns the iteration that is published under a name. Names are compared without regard to
// case.
func (p *project) iterationPublishedAs(name string) *iteration {
	return p.findIteration(
		func(i *iteration) bool { return i.published != nil && strings.EqualFold(i.published.name, name) },
	)
}

func (s *Server) unpublishIteration(r *request) (any, error) {
	return s.inIteration(r, func(_ *project, i *iteration) (any, error) {
		if i.published == nil {
			return nil, errNotPublished(i.id)
		}
		i.published, i.modified = nil, s.now()
		return nil, nil
	})
}
