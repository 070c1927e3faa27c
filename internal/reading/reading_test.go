package reading_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/reading"
)

func TestDefaultsAreTheFirstValues(t *testing.T) {
	got, err := reading.Resolve(nil)
	require.NoError(t, err)
	assert.Equal(
		t,
		reading.Set{"create-form": "query", "api-version": "v3.3", "test-folder": "any-case", "blob-name": "spaced",
			"message-encoding": "any", "model-uri-without-container": "sas", "guid-case": "any"},
		got,
	)
}

func TestEveryReadingHasValuesAndAReason(t *testing.T) {
	for _, r := range reading.All() {
		assert.GreaterOrEqual(t, len(r.Values), 2, r.Name)
		assert.NotEmpty(t, r.Why, r.Name)
	}
}

func TestEveryValueCanBeChosen(t *testing.T) {
	for _, r := range reading.All() {
		for _, v := range r.Values {
			got, err := reading.Resolve(map[string]string{r.Name: v})
			require.NoError(t, err)
			assert.Equal(t, v, got[r.Name])
		}
	}
}

func TestResolveErrors(t *testing.T) {
	const names = "api-version, blob-name, create-form, guid-case, message-encoding, model-uri-without-container, " +
		"test-folder"
	for want, choices := range map[string]map[string]string{
		`unknown reading "blob" (use ` + names + `)`:                           {"blob": "any"},
		`unknown value "Spaced" of reading blob-name (use spaced, tight, any)`: {"blob-name": "Spaced"},
		`unknown value "" of reading api-version (use v3.3, v3.4-preview)`:     {"api-version": ""},
	} {
		_, err := reading.Resolve(choices)
		assert.EqualError(t, err, want)
	}
}
