package evidence_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/testkit/secrets"
)

// recorded returns events with a value in every field of every payload. JSON cannot hold some of the texts
// unchanged.
func recorded(t testing.TB) []evidence.Event {
	t.Helper()
	timeline := evidence.NewTimeline(clock(), secrets.Redactor())
	timeline.BeginAct("create(both)")
	for _, text := range []string{"plain", "", "\xff\xfe broken \xc3", "\u2028 <&> \x00 ⟦sig:1⟧", "?sig=" + sig, trainingKey} {
		for _, e := range planted(t, text) {
			timeline.Record(e)
		}
	}
	return timeline.Close()
}

// Encoded events are decoded to equal events, so that a verdict can be judged again.
func TestEncodeAndDecodeEvents(t *testing.T) {
	events := recorded(t)
	text, err := evidence.EncodeEvents(events)
	require.NoError(t, err)
	assert.Equal(t, len(events), strings.Count(string(text), "\n"))
	back, err := evidence.DecodeEvents(text)
	require.NoError(t, err)
	assert.Equal(t, events, back)
	again, err := evidence.DigestEvents(back)
	require.NoError(t, err)
	assert.Equal(t, sum(string(text)), again)
}

func TestDecodeEventsKeepsTimes(t *testing.T) {
	now := time.Now()
	e := evidence.Event{
		Seq:       1,
		Kind:      evidence.KindOperation,
		Operation: &evidence.Operation{Began: now, Ended: now.Add(1)},
	}
	text, err := evidence.EncodeEvents([]evidence.Event{e})
	require.NoError(t, err)
	back, err := evidence.DecodeEvents(text)
	require.NoError(t, err)
	assert.True(t, back[0].Operation.Began.Equal(now))
	assert.True(t, back[0].Operation.Began.Before(back[0].Operation.Ended))
}

func TestDecodeEventsErrors(t *testing.T) {
	const good = `{"seq":1,"at":1,"act":"end","kind":"act","actMark":{"phase":"began","title":"t"}}` + "\n"
	_, err := evidence.DecodeEvents([]byte(good))
	require.NoError(t, err)
	for want, text := range map[string]string{
		"line 1 is incomplete":                             strings.TrimSuffix(good, "\n"),
		"line 2 is incomplete":                             good + "{",
		"line 1 is not an event: EOF":                      "\n",
		"line 1 is not an event: invalid":                  "no JSON\n",
		`line 1 is not an event: json: unknown field "x"`:  `{"x":1}` + "\n",
		"line 1 is not an event: unexpected data":          strings.TrimSuffix(good, "\n") + "{}\n",
		"line 1 is not as cvconform writes an event":       strings.Replace(good, `:1,`, `: 1,`, 1),
		"line 2 is not as cvconform writes an event":       good + strings.Replace(good, `"act":"end",`, `"act":"x","act":"end",`, 1),
		"line 1 is not an event: json: cannot unmarshal s": strings.Replace(good, `"seq":1`, `"seq":"1"`, 1),
	} {
		_, err := evidence.DecodeEvents([]byte(text))
		assert.ErrorContains(t, err, want, text)
	}
}

// refusedCall returns a timeline of one call that was refused twice.
func refusedCall() []evidence.Event {
	began := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	at := func(ns time.Duration) time.Time { return began.Add(ns) }
	return []evidence.Event{
		{Seq: 1, At: 9, Kind: evidence.KindExchange, Exchange: &evidence.Exchange{Began: at(1), Ended: at(8),
			Refused: []evidence.Refusal{
				{Status: 429, RetryAfter: "0", Began: at(1), Ended: at(3)},
				{Status: 503, RetryAfter: "0", Began: at(4), Ended: at(6)},
			}}},
	}
}

// validEvents returns a valid timeline, and the time of its beginning.
func validEvents() (events []evidence.Event, began time.Time) {
	began = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	return []evidence.Event{
		{Seq: 1, At: 1, Kind: evidence.KindAct, ActBoundary: &evidence.ActBoundary{}},
		{Seq: 2, At: 5, Kind: evidence.KindExchange, Exchange: &evidence.Exchange{Began: began.Add(2), Ended: began.Add(5)}},
		{Seq: 3, At: 5, Kind: evidence.KindDownload, Download: &evidence.Download{Began: began.Add(4)}},
		{
			Seq:       4,
			At:        9,
			Kind:      evidence.KindOperation,
			Operation: &evidence.Operation{Began: began.Add(6), Ended: began.Add(8)},
		},
	}, began
}

func TestValidate(t *testing.T) {
	inferred, began := validEvents()
	assert.Empty(t, evidence.Validate(inferred, began))
	assert.Empty(t, evidence.Validate(nil, began))
	for _, o := range []evidence.Operation{{Name: "PutMessage", Inferred: evidence.FromListing}, {Name: "PutBlob", Inferred: evidence.FromVersion},
		{Name: "DeleteBlob", Inferred: evidence.FromDeleted}} {
		o.Began, o.Ended = began.Add(-1), began.Add(8)
		inferred[3].Operation = &o
		assert.Empty(t, evidence.Validate(inferred, began), "an interval may begin before the timeline")
	}
	for want, change := range map[string]func([]evidence.Event){
		"event 2 is numbered 3":                       func(e []evidence.Event) { e[1].Seq = 3 },
		"event 3 is earlier than the event before it": func(e []evidence.Event) { e[2].At = 4 },
		"event 1 is earlier than the event before it": func(e []evidence.Event) { e[0].At = -1 },
		"event 2 ended after it was recorded":         func(e []evidence.Event) { e[1].Exchange.Ended = began.Add(6) },
		"event 4 ended after it was recorded":         func(e []evidence.Event) { e[3].Operation.Began = began.Add(9) },
		"event 3 ended after it was recorded":         func(e []evidence.Event) { e[2].Download.Began = began.Add(6) },
		"event 2 has refused tries that are out of order": func(e []evidence.Event) {
			e[1].Exchange.Refused = []evidence.Refusal{{Began: began.Add(1), Ended: began.Add(3)}}
		},
		`event 1 does not have exactly the payload of kind "act"`:  func(e []evidence.Event) { e[0].ActBoundary = nil },
		`event 2 does not have exactly the payload of kind "wait"`: func(e []evidence.Event) { e[1].Kind = evidence.KindWait },
		`event 3 does not have exactly the payload of kind "download"`: func(e []evidence.Event) {
			e[2].Wait = &evidence.Wait{}
		},
		`event 4 infers PutBlock from "listing"`: func(e []evidence.Event) {
			e[3].Operation.Name, e[3].Operation.Inferred = "PutBlock", evidence.FromListing
		},
		`event 4 infers PutMessage from "version"`: func(e []evidence.Event) {
			e[3].Operation.Name, e[3].Operation.Inferred = "PutMessage", evidence.FromVersion
		},
		`event 4 infers PutBlob from "guess"`: func(e []evidence.Event) {
			e[3].Operation.Name, e[3].Operation.Inferred = "PutBlob", "guess"
		},
		`event 4 does not have exactly the payload of kind ""`: func(e []evidence.Event) { e[3].Kind = "" },
	} {
		events, _ := validEvents()
		change(events)
		assert.Equal(t, want, evidence.Validate(events, began))
	}
}

func TestValidateRefusedTries(t *testing.T) {
	events, began := validEvents()
	assert.Empty(t, evidence.Validate(refusedCall(), began))
	for name, change := range map[string]func(first, second *evidence.Refusal){
		"before the call": func(first, _ *evidence.Refusal) { first.Began = began.Add(-1) },
		"ended too early": func(first, _ *evidence.Refusal) { first.Ended = first.Began.Add(-1) },
		"overlapping":     func(first, second *evidence.Refusal) { second.Began = first.Began },
		"after the call":  func(_, second *evidence.Refusal) { second.Ended = began.Add(time.Hour) },
	} {
		events := refusedCall()
		change(&events[0].Exchange.Refused[0], &events[0].Exchange.Refused[1])
		assert.Equal(t, "event 1 has refused tries that are out of order", evidence.Validate(events, began), name)
	}
	events[2].Download = &evidence.Download{
		Began:   began.Add(2),
		Refused: []evidence.Refusal{{Began: began.Add(2), Ended: began.Add(3)}},
	}
	assert.Empty(t, evidence.Validate(events, began))
	events[2].Download.Refused[0].Ended = began.Add(6)
	assert.Equal(t, "event 3 has refused tries that are out of order", evidence.Validate(events, began))
}

func TestSubscribe(t *testing.T) {
	timeline := evidence.NewTimeline(clock(), secrets.Redactor())
	record := func(text string) {
		timeline.Record(evidence.Event{Kind: evidence.KindWait, Wait: &evidence.Wait{For: text}})
	}
	var got []string
	record("before")
	timeline.Subscribe(func(e evidence.Event) { got = append(got, e.Wait.For) })
	record("key " + trainingKey)
	events := timeline.Close()
	record("late")
	assert.Equal(t, []string{"key ⟦training-key:1⟧"}, got, "the subscriber gets the redacted event")
	assert.Len(t, events, 2)
	assert.Len(t, timeline.Events(), 2, "a closed timeline drops events")
}
