package recording_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence/recording"
)

func parse(t *testing.T, method, path, body string) recording.Call {
	t.Helper()
	u, err := url.Parse(path)
	require.NoError(t, err)
	return recording.ParseCall(method, u, body, "right")
}

func TestParseCall(t *testing.T) {
	for path, want := range map[string][]string{
		"GET /customvision/v3.3/Training/domains":                             {"GetDomains", "v3.3", "", ""},
		"GET /CustomVision/V3.4-Preview/training/Projects/P1/":                {"GetProject", "v3.4-preview", "P1", ""},
		"POST /customvision/v3.3/training/projects/p/iterations/I/export":     {"ExportIteration", "v3.3", "p", "I"},
		"POST /customvision/v3.3/training/projects/p/images/files":            {"CreateImagesFromFiles", "v3.3", "p", ""},
		"DELETE /customvision/v3.3/training/projects/p":                       {"DeleteProject", "v3.3", "p", ""},
		"DELETE /customvision/v3.3/training/projects":                         {"", "v3.3", "", ""},
		"GET /customvision/v3.3/training/projects/p/iterations/i/performance": {"", "v3.3", "p", "i"},
		"GET /somewhere": {"", "", "", ""},
	} {
		method, address, _ := strings.Cut(path, " ")
		c := parse(t, method, address, "")
		assert.Equal(t, want, []string{c.Name, c.Version, c.Project, c.Iteration}, path)
	}
}

// Calls with the same effect have the same key.
func TestActKey(t *testing.T) {
	storage := recording.KeyContext{Queue: recording.Usable, Container: recording.Usable}
	moved := recording.KeyContext{
		Queue:     recording.Usable,
		Container: recording.Usable,
		Before:    recording.Params{Name: "n", Queue: "q1", Container: "c1"},
	}
	for want, c := range map[string]struct {
		call    recording.Call
		context recording.KeyContext
	}{
		"create(v3.3, queue storage, container storage, in the query)": {parse(t, "POST", "/customvision/v3.3/Training/projects?name=x&notificationQueueUri=q&exportModelContainerUri=c", ""), storage},
		"create(v3.4-preview, queue storage, container none, in the body)": {parse(t, "POST", "/customvision/v3.4-preview/Training/projects?name=x", `{"notificationQueueUri":"q"}`),
			recording.KeyContext{Queue: recording.Usable, Container: recording.NoURI}},
		"create(v3.3, queue none, container none, export-failure)": {parse(t, "POST", "/customvision/v3.3/Training/projects?name=bad-x", ""),
			recording.KeyContext{Queue: recording.NoURI, Container: recording.NoURI, Provoked: map[string]string{"export-failure": "bad-", "training-failure": "worse-"}}},
		"update(name, description, settings, queue storage, container as before)": {parse(t, "PATCH", "/customvision/v3.3/Training/projects/p",
			`{"name":"n","description":"d","settings":{"domainId":"g","notificationQueueUri":"q2","exportModelContainerUri":"c1"}}`), moved},
		"update(name, description, renamed)": {parse(t, "PATCH", "/customvision/v3.3/Training/projects/p", `{"name":"n2","description":"d"}`), moved},
		"update(queue storage)":              {parse(t, "PATCH", "/customvision/v3.3/Training/projects/p", `{"settings":{"notificationQueueUri":"q2"}}`), moved},
		"update(no project)":                 {parse(t, "PATCH", "/customvision/v3.3/Training/projects/p", `[]`), moved},
		"train":                              {parse(t, "POST", "/customvision/v3.3/Training/projects/p/train", ""), moved},
		"train(forced)":                      {parse(t, "POST", "/customvision/v3.3/Training/projects/p/train?forceTrain=TRUE", ""), moved},
		"export(ONNX)":                       {parse(t, "POST", "/customvision/v3.3/Training/projects/p/iterations/i/export?platform=ONNX", ""), moved},
		"export(DockerFile ARM)":             {parse(t, "POST", "/customvision/v3.3/Training/projects/p/iterations/i/export?platform=DockerFile&flavor=ARM", ""), moved},
	} {
		assert.Equal(t, want, c.call.ActKey(c.call.Params(), c.context))
	}
	wrong := parse(t, "POST", "/customvision/v3.3/Training/projects", "")
	wrong.Key = "wrong"
	assert.Equal(
		t,
		"create(v3.3, queue none, container none, key wrong)",
		wrong.ActKey(wrong.Params(), recording.KeyContext{Queue: recording.NoURI, Container: recording.NoURI}),
	)
}

func TestMapping(t *testing.T) {
	const one, two = "11111111-aaaa-3333-4444-555555555555", "99999999-bbbb-7777-6666-000000000000"
	m := &recording.Mapping{}
	m.ID(one, two)
	m.Value("http://old/q?a=1&b=2", "http://new/q")
	m.Value("http://old", "http://other")
	m.Text("tag1", "tag9")
	m.Value("http://old", "http://too-late")
	for text, want := range map[string]string{
		one:                                     two,
		"/m-11111111aaaa33334444555555555555/x": "/m-99999999bbbb77776666000000000000/x",
		"11111111-AAAA-3333-4444-555555555555":  "99999999-BBBB-7777-6666-000000000000",
		`"http://old/q?a=1\u0026b=2"`:           `"http://new/q"`,
		"http%3A%2F%2Fold%2Fq%3Fa%3D1%26b%3D2":  "http%3A%2F%2Fnew%2Fq",
		"http://old/elsewhere":                  "http://other/elsewhere",
		`{"name":"tag1","is":"a tag1"}`:         `{"name":"tag9","is":"a tag1"}`,
		`{"name":"tag1 (1)"}`:                   `{"name":"tag9 (1)"}`,
		"nothing of it":                         "nothing of it",
	} {
		assert.Equal(t, want, m.Apply(text))
	}
	assert.Equal(t, "x", (&recording.Mapping{}).Apply("x"))
}

func TestProjectElement(t *testing.T) {
	const list = `[{"id":"A","name":"one"},{"id":"b","name":"two"},7]`
	assert.Contains(t, string(recording.ProjectElement(list, "a", "two")), "one", "the id has precedence over the name")
	assert.Contains(t, string(recording.ProjectElement(list, "", "two")), "two")
	assert.Nil(t, recording.ProjectElement(list, "c", ""))
	assert.Nil(t, recording.ProjectElement(`{"id":"a"}`, "a", ""))
}
