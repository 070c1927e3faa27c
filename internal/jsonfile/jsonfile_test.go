package jsonfile_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/jsonfile"
)

type document struct {
	Name    string            `json:"name"`
	List    []inner           `json:"list"`
	Map     map[string]*inner `json:"map"`
	Pointer *inner            `json:"pointer"`
	Left    []string          `json:"left,omitempty"`
	At      time.Time         `json:"at"`
	Any     any               `json:"any"`
	Array   [1][]int          `json:"array"`
	hidden  []string
}

type inner struct {
	IDs []int `json:"ids"`
}

func sample() document {
	return document{Name: "<a & b>", List: []inner{{}}, Map: map[string]*inner{"b": nil, "a": {}}, hidden: []string{"x"}}
}

func TestEncode(t *testing.T) {
	text, err := jsonfile.Encode(sample())
	require.NoError(t, err)
	assert.Equal(t, `{
  "name": "<a & b>",
  "list": [
    {
      "ids": []
    }
  ],
  "map": {
    "a": {
      "ids": []
    },
    "b": null
  },
  "pointer": null,
  "at": "0001-01-01T00:00:00Z",
  "any": null,
  "array": [
    []
  ]
}
`, string(text))
}

func TestEncodeLine(t *testing.T) {
	text, err := jsonfile.EncodeLine(inner{})
	require.NoError(t, err)
	assert.Equal(t, "{\"ids\":null}\n", string(text))
}

func TestNonNilLeavesTheOriginalUnchanged(t *testing.T) {
	in := sample()
	out := jsonfile.NonNil(&in)
	assert.Equal(t, sample(), in)
	assert.NotNil(t, out.List[0].IDs)
	assert.NotNil(t, out.Map["a"].IDs)
	out.List[0].IDs = append(out.List[0].IDs, 1)
	assert.Nil(t, in.List[0].IDs)
	assert.Equal(t, []string{"x"}, out.hidden)
	assert.Nil(t, jsonfile.NonNil[*document](nil))
	assert.Nil(t, jsonfile.NonNil[any](nil))
}

func TestWriteReturnsTheErrorOfTheWriter(t *testing.T) {
	assert.EqualError(t, jsonfile.Write(fullDisk{}, sample()), "disk full")
	assert.Error(t, jsonfile.Write(fullDisk{}, func() {}), "a function has no JSON form")
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestDecode(t *testing.T) {
	var v inner
	require.NoError(t, jsonfile.Decode([]byte(" {\"ids\": [1]} \n"), &v))
	assert.Equal(t, inner{IDs: []int{1}}, v)
	for text, want := range map[string]string{
		`{"ids": [], "extra": 1}`: `unknown field "extra"`,
		`{"ids": []} {}`:          "unexpected data after the JSON document",
		`{"ids": []} }`:           "unexpected data after the JSON document",
		`{`:                       "unexpected EOF",
	} {
		assert.ErrorContains(t, jsonfile.Decode([]byte(text), &inner{}), want)
	}
}
