package evidence_test

import (
	"net/url"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/testkit/secrets"
)

const (
	trainingKey = secrets.TrainingKey
	accountKey  = secrets.AccountKey
	sig         = secrets.Signature
)

// clock returns a clock that advances one millisecond at each call.
func clock() func() time.Time {
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time { at = at.Add(time.Millisecond); return at }
}

// planted returns one event of every kind, with the canary in every string of its payload.
func planted(t testing.TB, canary string) []evidence.Event {
	t.Helper()
	kinds := map[string]evidence.Kind{
		"ActBoundary": evidence.KindAct,
		"Resource":    evidence.KindResource,
		"Exchange":    evidence.KindExchange,
		"Operation":   evidence.KindOperation,
		"Wait":        evidence.KindWait,
		"Message":     evidence.KindMessage,
		"Blob":        evidence.KindBlob,
		"Download":    evidence.KindDownload,
		"Pause":       evidence.KindPause,
	}
	var events []evidence.Event
	for f := range reflect.TypeFor[evidence.Event]().Fields() {
		if f.Type.Kind() != reflect.Pointer {
			continue
		}
		payload := reflect.New(f.Type.Elem())
		plant(t, payload.Elem(), canary)
		e := evidence.Event{Kind: kinds[f.Name]}
		require.NotEmpty(t, e.Kind, "payload %s has no kind in this test", f.Name)
		reflect.ValueOf(&e).Elem().FieldByName(f.Name).Set(payload)
		events = append(events, e)
	}
	require.Len(t, events, len(kinds))
	return events
}

func plant(t testing.TB, payload reflect.Value, canary string) {
	t.Helper()
	for i := range payload.NumField() {
		switch f := payload.Field(i); f.Kind() {
		case reflect.String:
			f.SetString(canary)
		case reflect.Map:
			f.Set(reflect.ValueOf(map[string]string{canary: canary}))
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
			plant(t, f.Index(0), canary)
		case reflect.Bool, reflect.Int, reflect.Int64:
		default:
			require.Equal(t, reflect.TypeFor[time.Time](), f.Type(), "field %s needs planting", payload.Type().Field(i).Name)
		}
	}
}

// texts returns all strings in the payloads of an event, by their field.
func texts(t *testing.T, event reflect.Value, path string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for i := range event.NumField() {
		f := event.Field(i)
		if f.Kind() != reflect.Pointer || f.IsNil() {
			continue
		}
		collect(out, f.Elem(), path)
		if f.Type() == reflect.TypeFor[*evidence.Pause]() { // it has no strings
			return out
		}
	}
	require.NotEmpty(t, out)
	return out
}

// collect adds the strings of a payload, and of the lists in it.
func collect(out map[string]string, payload reflect.Value, path string) {
	for j := range payload.NumField() {
		name := path + "." + payload.Type().Field(j).Name
		switch v := payload.Field(j); v.Kind() {
		case reflect.String:
			out[name] = v.String()
		case reflect.Map:
			for _, key := range v.MapKeys() {
				out[name] = key.String() + " " + v.MapIndex(key).String()
			}
		case reflect.Slice:
			for i := range v.Len() {
				collect(out, v.Index(i), name)
			}
		}
	}
}

// Secrets are removed from every string of every payload, also of fields that are added later.
func TestEveryFieldIsRedacted(t *testing.T) {
	canaries := map[string]string{
		"training key":         trainingKey,
		"account key":          accountKey,
		"encoded account key":  url.QueryEscape(accountKey),
		"signature":            "https://h/b?sig=" + url.QueryEscape(sig) + "&se=1",
		"encoded signature":    url.QueryEscape("https://h/b?sig=" + url.QueryEscape(sig)),
		"signature in JSON":    `{"u":"?a\u0026sig=` + url.QueryEscape(sig) + `"}`,
		"token":                "Bearer " + trainingKey[:20] + "-token",
		"the key within words": "before " + trainingKey + " after",
	}
	for name, canary := range canaries {
		t.Run(name, func(t *testing.T) {
			timeline := evidence.NewTimeline(clock(), secrets.Redactor())
			for _, e := range planted(t, canary) {
				got := timeline.Record(e)
				for path, text := range texts(t, reflect.ValueOf(got), string(e.Kind)) {
					assert.NotContains(t, text, trainingKey[:20], path)
					assert.NotContains(t, text, accountKey[:20], path)
					assert.NotContains(t, text, sig[5:20], path)
				}
				assert.NotContains(t, evidence.Describe(got), trainingKey[:20])
			}
		})
	}
}
