package interval_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/check/interval"
)

func at(second int) time.Time { return time.Unix(int64(second), 0) }

func between(earliest, latest int) interval.Interval {
	return interval.Interval{Earliest: at(earliest), Latest: at(latest)}
}

func TestCompare(t *testing.T) {
	for name, c := range map[string]struct {
		a, b interval.Interval
		want interval.Order
	}{
		"instants, earlier":            {interval.At(at(1)), interval.At(at(2)), interval.Before},
		"instants, equal":              {interval.At(at(1)), interval.At(at(1)), interval.Before},
		"instants, later":              {interval.At(at(2)), interval.At(at(1)), interval.After},
		"intervals apart, earlier":     {between(1, 2), between(3, 4), interval.Before},
		"intervals apart, later":       {between(3, 4), between(1, 2), interval.After},
		"intervals that touch, first":  {between(1, 2), between(2, 3), interval.Before},
		"intervals that touch, second": {between(2, 3), between(1, 2), interval.Unknown},
		"intervals that overlap":       {between(1, 3), between(2, 4), interval.Unknown},
		"one interval in the other":    {between(2, 3), between(1, 4), interval.Unknown},
		"an instant in an interval":    {interval.At(at(2)), between(1, 3), interval.Unknown},
		"an instant at the beginning":  {interval.At(at(1)), between(1, 3), interval.Before},
		"an instant at the end":        {interval.At(at(3)), between(1, 3), interval.Unknown},
	} {
		assert.Equal(t, c.want, c.a.Compare(c.b), name)
	}
}

func TestAdd(t *testing.T) {
	assert.Equal(t, between(3, 4), between(1, 2).Add(2*time.Second))
	assert.Equal(t, interval.At(at(0)), interval.At(at(1)).Add(-time.Second))
}

func TestNotBefore(t *testing.T) {
	assert.Equal(t, between(3, 5), between(1, 5).NotBefore(at(3)))
	assert.Equal(t, between(4, 5), between(4, 5).NotBefore(at(3)))
	assert.Equal(t, interval.At(at(6)), between(4, 5).NotBefore(at(6)))
}
