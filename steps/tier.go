package steps

import (
	"context"
	"errors"
	"fmt"

	"github.com/cvconform/cvconform/internal/trainingapi"
)

// tiers are the pricing tiers of a Custom Vision resource, with the projects that
// each takes (limits and quotas of the service).
func tiers() map[string]int { return map[string]int{"F0": 2, "S0": 100} }

// minProjectSlots is the most that one situation needs at a time: two projects side by side.
const minProjectSlots = 2

func setTier(s *settings) error {
	if s.Tier == "" {
		return nil
	}
	limit, ok := tiers()[s.Tier]
	if !ok {
		return fmt.Errorf("tier %q is none of F0, S0", s.Tier)
	}
	s.projectSlots = limit
	return nil
}

// A capacityError says that other projects leave too little room.
type capacityError struct{ text string }

// Error says how many there are.
func (e *capacityError) Error() string { return e.text }

// checkCapacity looks how many projects the resource has already, before anything is
// made: what is free of its tier's places is what the run may take at a time.
func (h *Session) checkCapacity(ctx context.Context) error {
	if h.Tier == "" {
		return nil
	}
	var list []trainingapi.Project
	if err := trainingapi.Decode(h.redact.Exchange(h.client.GetProjects(ctx)), &list); err != nil {
		return &EnvironmentError{
			Err: fmt.Errorf("tier %s: the projects of %s cannot be counted: %w", h.Tier, h.service.Endpoint, err),
		}
	}
	limit := tiers()[h.Tier]
	if h.projectSlots = limit - len(list); h.projectSlots < minProjectSlots {
		return &EnvironmentError{
			Err: &capacityError{
				fmt.Sprintf("a resource of tier %s takes %d projects, %s has %d already, and a run needs %d places",
					h.Tier, limit, h.service.Endpoint, len(list), minProjectSlots),
			},
			Hint: "remove projects that nobody needs (cvconform clean removes those of earlier runs), or use a resource of its own for the run",
		}
	}
	return nil
}

// checkCapacityEarly makes sure that there is room before the preflight takes a place. Where the
// projects cannot be counted it is for the preflight to say why.
func (h *Session) checkCapacityEarly(ctx context.Context) error {
	err := h.checkCapacity(ctx)
	var full *capacityError
	if errors.As(err, &full) || !h.preflight.enabled {
		return err
	}
	return nil
}
