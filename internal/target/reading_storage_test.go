package target

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A storageLog records what a fake stores.
type storageLog struct{ operations []string }

func (l *storageLog) PutBlob(_ context.Context, _, name string, _ []byte) error {
	l.operations = append(l.operations, "put "+name)
	return nil
}

func (l *storageLog) DeleteBlob(_ context.Context, _, name string) error {
	l.operations = append(l.operations, "delete "+name)
	return nil
}

func (l *storageLog) SendMessage(_ context.Context, _, text string) error {
	l.operations = append(l.operations, "send "+text)
	return nil
}

func TestReadingStorage(t *testing.T) {
	const message = `{"modelUri":"http://h/c/p%20-%20i.ONNX"}`
	unchanged := []string{"put p - i.ONNX", "delete p - i.ONNX", "send " + message}
	for name, c := range map[string]struct {
		readings map[string]string
		want     []string
	}{
		"no readings": {nil, unchanged},
		"any choice": {
			map[string]string{"test-folder": "any-case", "blob-name": "any", "message-encoding": "any", "guid-case": "lower"},
			unchanged,
		},
		"its default": {map[string]string{"blob-name": "spaced"}, unchanged},
		"tight names": {map[string]string{"blob-name": "tight"},
			[]string{"put p-i.ONNX", "delete p-i.ONNX", `send {"modelUri":"http://h/c/p-i.ONNX"}`}},
	} {
		t.Run(name, func(t *testing.T) {
			l := &storageLog{}
			d := readingStorage{l, c.readings}
			require.NoError(t, d.PutBlob(t.Context(), "c", "p - i.ONNX", nil))
			require.NoError(t, d.DeleteBlob(t.Context(), "c", "p - i.ONNX"))
			require.NoError(t, d.SendMessage(t.Context(), "q", message))
			assert.Equal(t, c.want, l.operations)
		})
	}
}

func TestNullServerGivesEveryRequestTheSameResponse(t *testing.T) {
	service, err := Start(t.Context(), Spec{Kind: Null}, Environment{TrainingKey: "key"})
	require.NoError(t, err)
	assert.Equal(t, "key", service.TrainingKey)
	for _, call := range []string{"GET /customvision/v3.3/Training/domains", "POST /anything", "DELETE /"} {
		method, path, _ := strings.Cut(call, " ")
		req, err := http.NewRequestWithContext(t.Context(), method, service.Endpoint+path, nil)
		require.NoError(t, err)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		assert.Equal(
			t,
			[]any{200, "{}", "application/json"},
			[]any{res.StatusCode, string(body), res.Header.Get("Content-Type")},
			call,
		)
	}
	require.NoError(t, service.Stop(t.Context()))
	_, err = Parse("null")
	assert.ErrorContains(t, err, `unknown target "null"`, "only a control uses it")
}
