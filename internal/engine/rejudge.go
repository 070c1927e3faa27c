package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

// A TimelineRecord is what is on record of one lineage, in place of a performance.
type TimelineRecord struct {
	Key     string
	Started time.Time // the instant to which the events' offsets refer
	Events  []evidence.Event
	Error   string // why it could not be performed to its end; "" where it was
}

// Rejudge judges what is on record: nothing is performed. The records have to be
// those of the planned lineages, in order. The error says why they cannot be, or
// that the verdicts do not add up.
func (r *Run) Rejudge(ctx context.Context, records []TimelineRecord) (Outcome, error) {
	items := r.declare(ctx)
	all := r.plan(items)
	if len(all) != len(records) {
		return Outcome{}, fmt.Errorf("%d situations are to be judged, %d are on record", len(all), len(records))
	}
	for i, p := range all {
		if err := p.load(records[i]); err != nil {
			return Outcome{}, fmt.Errorf("situation %d: %w", i+1, err)
		}
	}
	return r.conclude(ctx, items, all)
}

// load takes in a record, after making sure that it is of this lineage.
func (p *treeResult) load(r TimelineRecord) error {
	if r.Key != p.lineage.Key {
		return fmt.Errorf("it has to be %q, on record is %q", p.lineage.Key, r.Key)
	}
	planned := append(p.lineage.Keys(), situation.End, "")
	for _, e := range r.Events {
		if !slices.Contains(planned, e.Act) {
			return fmt.Errorf("event %d belongs to the act %q, which is not part of it", e.Seq, e.Act)
		}
	}
	if r.Error != "" {
		p.err = errors.New(r.Error)
	}
	return p.set(r.Started, r.Events)
}
