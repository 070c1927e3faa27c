package journal_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/journal"
)

func seqs(entries []journal.Entry) []int {
	out := []int{}
	for _, e := range entries {
		out = append(out, e.Seq)
	}
	return out
}

func TestFilter(t *testing.T) {
	j := journal.New()
	j.Add(journal.Entry{Kind: journal.API, Operation: "CreateProject", Project: "p1"})
	j.Add(journal.Entry{Kind: journal.Storage, Operation: "PutMessage", Project: "p1"})
	j.Add(journal.Entry{Kind: journal.API, Operation: "GetProject", Project: "p2"})
	for name, c := range map[string]struct {
		filter journal.Filter
		want   []int
	}{
		"all":       {journal.Filter{}, []int{1, 2, 3}},
		"after":     {journal.Filter{After: 1}, []int{2, 3}},
		"kind":      {journal.Filter{Kind: journal.API}, []int{1, 3}},
		"operation": {journal.Filter{Operation: "*project"}, []int{1, 3}},
		"project":   {journal.Filter{Project: "P1"}, []int{1, 2}},
		"together":  {journal.Filter{Project: "p1", Kind: journal.Storage, Operation: "PutMessage"}, []int{2}},
		"nothing":   {journal.Filter{Operation: "["}, []int{}},
	} {
		assert.Equal(t, c.want, seqs(j.Entries(c.filter)), name)
	}
}

func TestOldestEntriesAreRemoved(t *testing.T) {
	j := journal.New()
	fill := func(n int) {
		for range n {
			j.Add(journal.Entry{})
		}
	}
	fill(journal.Entries + 3)
	kept := seqs(j.Entries(journal.Filter{}))
	require.Len(t, kept, journal.Entries)
	assert.Equal(t, []int{4, 5}, kept[:2])
	assert.Equal(t, journal.Entries+3, kept[len(kept)-1])
	j.Clear()
	assert.Empty(t, j.Entries(journal.Filter{}))
	fill(2)
	assert.Equal(t, []int{journal.Entries + 4, journal.Entries + 5}, seqs(j.Entries(journal.Filter{})),
		"the numbers continue")
	fill(journal.Entries)
	kept = seqs(j.Entries(journal.Filter{}))
	assert.Equal(t, journal.Entries+6, kept[0])
	assert.IsIncreasing(t, kept)
}

func TestSecretsAreReplaced(t *testing.T) {
	const key, short = "k3y+with/special=", "short"
	j := journal.New(key, short)
	for _, text := range []string{
		"/x?sv=1&sig=abc%2Bdef%3D&se=2", "/import?token=http%3A%2F%2Fh%2Fx%3Fsv%3D1%26sig%3Dabc%252Bdef%253D%26se%3D2",
		`{"uri":"http://h/x?sig=abc+def=\u0026se=2"}`, `{"uri":"http://h/x?se=2\u0026sig=abc\/def\u003d"}`,
		"Authorization: Bearer abc.def.ghijkl", "key " + key, "?key=k3y%2Bwith%2Fspecial%3D",
	} {
		j.Add(journal.Entry{URL: text, Request: text, Response: text, Note: text})
	}
	j.Add(journal.Entry{Note: "a short circuit, no sign of a signature=1"})
	entries := j.Entries(journal.Filter{})
	data, err := json.Marshal(entries)
	require.NoError(t, err)
	for _, secret := range []string{"abc", "def", "k3y", "special"} {
		assert.NotContains(t, string(data), secret)
	}
	assert.Equal(t, "/x?sv=1&sig=REDACTED&se=2", entries[0].URL, "the other parameters are not changed")
	assert.Equal(t, `{"uri":"http://h/x?sig=REDACTED\u0026se=2"}`, entries[2].URL)
	assert.Equal(t, "a short circuit, no sign of a signature=1", entries[7].Note)
	assert.Equal(t, "REDACTED ?sig=REDACTED", journal.Replacer(key, short)(key+" ?sig=abc"),
		"the function for logs replaces the same secrets")
}

func TestConcurrentEntriesAreNumberedInOrder(t *testing.T) {
	j := journal.New()
	done := make(chan struct{})
	for w := range 4 {
		go func() {
			for n := range 100 {
				j.Add(journal.Entry{Note: fmt.Sprint(w, n)})
			}
			done <- struct{}{}
		}()
	}
	for range 4 {
		<-done
	}
	kept := seqs(j.Entries(journal.Filter{}))
	assert.Len(t, kept, 400)
	assert.IsIncreasing(t, kept)
}
