package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/userr"
)

// minProjectSlots is the most projects that one situation needs at a time: a pair.
const minProjectSlots = 2

// A capacityError reports that existing projects leave too few slots.
type capacityError struct{ text string }

func (e *capacityError) Error() string { return e.text }

// freeSlots returns how many projects the run may have at a time: the limit of
// the resource's tier without the projects that exist already. 0 means any number.
func freeSlots(ctx context.Context, s Settings, v *Service, notes *Notes) (int, error) {
	if s.Pace.Tier == "" {
		return s.Pace.ProjectSlots, nil
	}
	var list []trainingapi.Project
	if err := trainingapi.Decode(notes.Redactor.Exchange(v.Client.GetProjects(ctx)), &list); err != nil {
		return 0, userr.Environmentf("", "tier %s: cannot count the projects of %s: %w", s.Pace.Tier, v.Endpoint, err)
	}
	limit := Tiers()[s.Pace.Tier]
	free := limit - len(list)
	if free < minProjectSlots {
		return 0, &userr.EnvironmentError{
			Err: &capacityError{fmt.Sprintf(
				"a resource of tier %s allows %d projects: %s has %d already, and a run needs %d more",
				s.Pace.Tier, limit, v.Endpoint, len(list), minProjectSlots)},
			Hint: "delete unused projects (steps.Clean deletes those of earlier runs), or use a separate resource for the run",
		}
	}
	return free, nil
}

// checkCapacityEarly makes sure that there is a slot for the project of the
// preflight. If the projects cannot be counted, an enabled preflight reports why.
func checkCapacityEarly(ctx context.Context, s Settings, v *Service, notes *Notes) error {
	if s.Target.Kind != target.Endpoint {
		return nil
	}
	_, err := freeSlots(ctx, s, v, notes)
	var full *capacityError
	if errors.As(err, &full) || !s.Preflight.Enabled {
		return err
	}
	return nil
}
