package customvision

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// cursor is a position in a list that is sorted by its cursors. Pages that start at a cursor neither repeat nor
// omit items that exist all the time, even if other items are added or deleted between the requests.
type cursor struct {
	sortKey float64
	id      uuid.UUID // orders items with equal keys
}

func (c cursor) compare(other cursor) int {
	return cmp.Or(cmp.Compare(c.sortKey, other.sortKey), slices.Compare(c.id[:], other.id[:]))
}

func (c cursor) String() string {
	return strconv.FormatFloat(c.sortKey, 'f', -1, 64) + ":" + c.id.String()
}

// parseCursor parses the result of [cursor.String].
func parseCursor(text string) (cursor, bool) {
	key, id, _ := strings.Cut(text, ":")
	number, err := strconv.ParseFloat(key, 64)
	if err != nil || math.IsNaN(number) {
		return cursor{}, false
	}
	parsed, err := uuid.Parse(id)
	return cursor{number, parsed}, err == nil
}

// pageAfter returns the items after a cursor, up to limit, and the cursor of the next page. If after is nil, it
// starts at the beginning. next is nil on the last page.
func pageAfter[T any](items []T, cursorOf func(T) cursor, after *cursor, limit int) ([]T, *string) {
	rest := slices.Clone(items)
	slices.SortFunc(rest, func(a, b T) int { return cursorOf(a).compare(cursorOf(b)) })
	if after != nil {
		rest = slices.DeleteFunc(rest, func(item T) bool { return cursorOf(item).compare(*after) <= 0 })
	}
	if len(rest) <= limit {
		return rest, nil
	}
	next := cursorOf(rest[limit-1]).String()
	return rest[:limit], &next
}

// pageCursor is the position and the size of a page of a query.
type pageCursor struct {
	shard   string // prefix of the session
	session string // "" before the first page
	until   int    // number in the session
	after   *cursor
	limit   int
}

// readPageCursor parses the common members of query tokens. maxCount 0 selects the default (recorded).
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

// startSession starts a session with a number unless the query has one. It returns the query's session.
func (p pageCursor) startSession(number int) (session string, until int) {
	if p.session == "" {
		p.until = number
	}
	return p.sessionName(), p.until
}

func (p pageCursor) sessionName() string { return p.shard + ":" + strconv.Itoa(p.until) }
