// Package interval compares points in time of which only an interval is known. An operation that a gateway observed
// happened at one instant; one that a poller inferred happened between two polls. The same comparison serves both,
// with three results: before, after or unknown. The package knows nothing of storage and of verdicts.
package interval

import "time"

// An Interval contains one instant that is not known more exactly. Both ends are included.
type Interval struct{ Earliest, Latest time.Time }

// At returns the interval of an instant that is known exactly.
func At(t time.Time) Interval { return Interval{t, t} }

// Add returns the interval moved by d.
func (i Interval) Add(d time.Duration) Interval { return Interval{i.Earliest.Add(d), i.Latest.Add(d)} }

// NotBefore returns the part of the interval from t on, or t if the whole interval is earlier.
func (i Interval) NotBefore(t time.Time) Interval {
	return Interval{latest(i.Earliest, t), latest(i.Latest, t)}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// An Order is the result of a comparison.
type Order int

// The orders.
const (
	Unknown Order = iota // the intervals overlap
	Before               // certainly earlier, or at the same time
	After                // certainly later
)

// Compare returns the order of the instant in i with respect to the instant in j.
func (i Interval) Compare(j Interval) Order {
	switch {
	case i.Earliest.After(j.Latest):
		return After
	case !i.Latest.After(j.Earliest):
		return Before
	}
	return Unknown
}
