package customvision

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// cursor is a place in a list that is in order of its cursors. Pages that are
// asked for by it neither repeat nor leave out what was there all the time,
// whatever comes and goes meanwhile.
type cursor struct {
	sortKey float64
	id      uuid.UUID // tells those apart that have the same key
}

func (c cursor) compare(other cursor) int {
	return cmp.Or(cmp.Compare(c.sortKey, other.sortKey), slices.Compare(c.id[:], other.id[:]))
}

func (c cursor) String() string {
	return strconv.FormatFloat(c.sortKey, 'f', -1, 64) + ":" + c.id.String()
}

// parseCursor reads what String has written.
func parseCursor(text string) (cursor, bool) {
	key, id, _ := strings.Cut(text, ":")
	number, err := strconv.ParseFloat(key, 64)
	if err != nil || math.IsNaN(number) {
		return cursor{}, false
	}
	parsed, err := uuid.Parse(id)
	return cursor{number, parsed}, err == nil
}

// pageAfter cuts out the items behind a place, nil being the beginning, and
// says where the next page goes on; nil means that there is none.
func pageAfter[T any](items []T, at func(T) cursor, after *cursor, limit int) ([]T, *string) {
	rest := slices.Clone(items)
	slices.SortFunc(rest, func(a, b T) int { return at(a).compare(at(b)) })
	if after != nil {
		rest = slices.DeleteFunc(rest, func(item T) bool { return at(item).compare(*after) <= 0 })
	}
	if len(rest) <= limit {
		return rest, nil
	}
	next := at(rest[limit-1]).String()
	return rest[:limit], &next
}

// pageCursor is where a query that is paged goes on, and how far.
type pageCursor struct {
	shard   string // what the sessions of such queries begin with
	session string // "" before the first page
	until   int    // what the session began with
	after   *cursor
	limit   int
}

// readPageCursor reads what the tokens of queries have in common. maxCount 0 leaves
// it open (recorded).
func readPageCursor(shard, session, continuation string, maxCount int) (pageCursor, error) {
	p := pageCursor{shard: shard, session: session, limit: maxCount}
	if maxCount < 0 || maxCount > maxTake {
		return p, errResultCount(maxCount)
	}
	if maxCount == 0 {
		p.limit = defaultTake
	}
	if session != "" {
		_, number, _ := strings.Cut(session, ":")
		until, err := strconv.Atoi(number)
		if p.until = until; err != nil || until < 0 || session != p.sessionName() {
			return p, errQuery("session", session)
		}
	}
	if continuation != "" {
		after, ok := parseCursor(continuation)
		if !ok {
			return p, errQuery("continuation", continuation)
		}
		p.after = &after
	}
	return p, nil
}

// begin opens a session with a number, if there is none yet, and returns the
// one that there is then.
func (p pageCursor) startSession(number int) (session string, until int) {
	if p.session == "" {
		p.until = number
	}
	return p.sessionName(), p.until
}

func (p pageCursor) sessionName() string { return p.shard + ":" + strconv.Itoa(p.until) }
