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

// A ledger keeps what a fake stores.
type ledger struct{ did []string }

func (l *ledger) PutBlob(_ context.Context, _, name string, _ []byte) error {
	l.did = append(l.did, "put "+name)
	return nil
}

func (l *ledger) DeleteBlob(_ context.Context, _, name string) error {
	l.did = append(l.did, "delete "+name)
	return nil
}

func (l *ledger) SendMessage(_ context.Context, _, text string) error {
	l.did = append(l.did, "send "+text)
	return nil
}

func TestDialect(t *testing.T) {
	const message = `{"modelUri":"http://h/c/p%20-%20i.ONNX"}`
	own := []string{
		"put Customvision-TestPermission/a - b",
		"put p - i.ONNX",
		"delete Customvision-TestPermission/a - b",
		"send " + message,
	}
	for name, c := range map[string]struct {
		readings map[string]string
		want     []string
	}{
		"its own":        {nil, own},
		"what is left":   {map[string]string{"test-folder": "any-case", "blob-name": "any", "message-encoding": "any", "guid-case": "lower"}, own},
		"what it does":   {map[string]string{"test-folder": "Customvision", "blob-name": "spaced", "message-encoding": "text"}, own},
		"another folder": {map[string]string{"test-folder": "CustomVision"}, []string{"put CustomVision-TestPermission/a - b", own[1], "delete CustomVision-TestPermission/a - b", own[3]}},
		"tight names": {map[string]string{"blob-name": "tight", "test-folder": "Customvision"},
			[]string{own[0], "put p-i.ONNX", own[2], `send {"modelUri":"http://h/c/p-i.ONNX"}`}},
		"Base64": {map[string]string{"message-encoding": "base64"}, append(own[:3:3], "send eyJtb2RlbFVyaSI6Imh0dHA6Ly9oL2MvcCUyMC0lMjBpLk9OTlgifQ==")},
	} {
		t.Run(name, func(t *testing.T) {
			l := &ledger{}
			d := readingStorage{l, c.readings}
			require.NoError(t, d.PutBlob(t.Context(), "c", "Customvision-TestPermission/a - b", nil))
			require.NoError(t, d.PutBlob(t.Context(), "c", "p - i.ONNX", nil))
			require.NoError(t, d.DeleteBlob(t.Context(), "c", "Customvision-TestPermission/a - b"))
			require.NoError(t, d.SendMessage(t.Context(), "q", message))
			assert.Equal(t, c.want, l.did)
		})
	}
}

func TestTheNullServerAnswersEverythingAlike(t *testing.T) {
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
	assert.ErrorContains(t, err, `target "null" is none of`, "nobody judges it but a control")
}
