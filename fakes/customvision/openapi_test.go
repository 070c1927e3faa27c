package customvision_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// openAPI holds the official descriptions of the two versions, where
// CVCONFORM_OPENAPI_DIR names a folder that has them as training-v3.3.json and
// training-v3.4-preview.json. Every answer that a test of this package gets is
// then held against them.
var openAPI = sync.OnceValues(func() (map[string]*description, error) {
	folder := os.Getenv("CVCONFORM_OPENAPI_DIR")
	if folder == "" {
		return nil, nil
	}
	all := map[string]*description{}
	for _, version := range []string{"v3.3", "v3.4-preview"} {
		d, err := readDescription(filepath.Join(folder, "training-"+version+".json"))
		if err != nil {
			return nil, err
		}
		all[version] = d
	}
	return all, nil
})

// description is one OpenAPI 2.0 document.
type description struct {
	operations []operation
	compiler   *jsonschema.Compiler
	mu         sync.Mutex // the compiler has none
}

type operation struct {
	id, method string
	path       *regexp.Regexp
	answers    map[string]string // by status: where its schema stands in the document, "" without one
}

func readDescription(file string) (*description, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	strict(document)
	d := &description{compiler: jsonschema.NewCompiler()}
	d.compiler.DefaultDraft(jsonschema.Draft4)
	d.compiler.AssertFormat()
	// Times are not asserted: images have recorded ones without a zone.
	for _, loose := range []string{"date-time", "float", "double", "int32", "byte"} {
		d.compiler.RegisterFormat(&jsonschema.Format{Name: loose, Validate: func(any) error { return nil }})
	}
	for path, operations := range document.(map[string]any)["paths"].(map[string]any) {
		for method, o := range operations.(map[string]any) {
			d.operations = append(d.operations, readOperation(path, method, o.(map[string]any)))
		}
	}
	return d, d.compiler.AddResource("openapi.json", document)
}

func readOperation(path, method string, o map[string]any) operation {
	pattern := regexp.MustCompile(`\\\{[^/]*\\\}`).ReplaceAllString(regexp.QuoteMeta(strings.ToLower(path)), "[^/]+")
	op := operation{id: o["operationId"].(string), method: strings.ToUpper(method),
		path: regexp.MustCompile("^" + pattern + "$"), answers: map[string]string{}}
	for status, answer := range o["responses"].(map[string]any) {
		op.answers[status] = ""
		if schema, ok := answer.(map[string]any)["schema"].(map[string]any); ok && schema["type"] != "file" {
			op.answers[status] = fmt.Sprintf(
				"openapi.json#/paths/%s/%s/responses/%s/schema",
				escapePointer(path),
				method,
				status,
			)
		}
	}
	return op
}

func escapePointer(path string) string {
	return strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(path)
}

// strict rewrites the document's schemas: null is allowed unless they say
// "x-nullable": false, which is how the recordings use them, and members that
// they do not list are not. What was recorded beyond the lists is added.
func strict(node any) {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			strict(child)
		}
	case map[string]any:
		for _, child := range n {
			strict(child)
		}
		if properties, ok := n["properties"].(map[string]any); ok && n["type"] == "object" {
			n["additionalProperties"] = false
			loosen(properties)
		}
	}
}

func loosen(properties map[string]any) {
	if _, ok := properties["targetExportPlatforms"]; ok {
		// The guide shows the URIs in v3.3, whose description lacks them.
		properties["exportModelContainerUri"] = map[string]any{"type": "string"}
		properties["notificationQueueUri"] = map[string]any{"type": "string"}
	}
	if code, ok := properties["code"].(map[string]any); ok {
		// v3.3 lacks the codes that came with v3.4-preview; modelAsString.
		delete(code, "enum")
	}
	if status, ok := properties["status"].(map[string]any); ok {
		// The service has one more status of an upload
		// (github.com/MicrosoftDocs/azure-docs/issues/96584); modelAsString.
		if values, ok := status["enum"].([]any); ok && slices.Contains(values, any("OKDuplicate")) {
			status["enum"] = append(values, "ErrorInvalidRegion")
		}
	}
	if _, ok := properties["enabled"]; ok {
		// The fake's domains are those that were recorded, on both versions: the
		// description of v3.3 lacks both members, and no description lists IVS.
		properties["exportablePlatforms"] = map[string]any{"type": "array", "items": map[string]any{"type": "string"}}
		properties["modelInformation"] = map[string]any{"type": "object"}
	}
	for name, schema := range properties {
		if s := schema.(map[string]any); s["x-nullable"] != false || slices.Contains(recordedNull(), name) {
			properties[name] = map[string]any{"anyOf": []any{s, map[string]any{"type": "null"}}}
		}
	}
}

// recordedNull lists members that are null in recordings of the real service
// although the descriptions say that they cannot be.
func recordedNull() []string {
	return []string{"detectionParameters", "publishName", "originalPublishResourceId", "exportableTo", "thumbnailUri",
		"customBaseModelInfo", "trainingErrorDetails", "downloadUri", "modelInformation", "tagName", "continuation", "application"}
}

// find returns the operation that a call reaches.
func (d *description) find(method, path string) (operation, bool) {
	var found operation
	ok := false
	for _, o := range d.operations {
		literal := ok && strings.Count(found.path.String(), "[^/]+") <= strings.Count(o.path.String(), "[^/]+")
		if o.method == method && o.path.MatchString(path) && !literal {
			found, ok = o, true
		}
	}
	return found, ok
}

// asDescribed holds an answer against the description. What the gateway answers
// before the service has its own form.
func asDescribed(t *testing.T, request *http.Request, a answer) {
	t.Helper()
	all, err := openAPI()
	require.NoError(t, err)
	parts := strings.SplitN(strings.ToLower(request.URL.Path), "/", 5)
	if len(parts) < 5 || parts[1] != "customvision" || all[parts[2]] == nil ||
		slices.Contains(gatewayStatuses(), a.status) {
		return
	}
	d := all[parts[2]]
	o, ok := d.find(request.Method, "/"+strings.TrimSuffix(parts[4], "/"))
	if !ok {
		assert.GreaterOrEqual(t, a.status, 400, "%s %s is in no description", request.Method, request.URL.Path)
		return
	}
	where, described := o.answers[fmt.Sprint(a.status)]
	if !described {
		assert.GreaterOrEqual(t, a.status, 400, "%s answers %d, which is not described", o.id, a.status)
		where = o.answers["default"]
	}
	if where == "" {
		return
	}
	assert.NoError(t, d.validate(where, a.body), "%s answers %d %s", o.id, a.status, a.body)
}

func (d *description) validate(where string, body []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	d.mu.Lock()
	schema, err := d.compiler.Compile(where)
	d.mu.Unlock()
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func gatewayStatuses() []int { return []int{401, 429, 502, 503, 504} }

// The descriptions do catch what they are there for.
func TestAnswersAreHeldAgainstTheDescriptions(t *testing.T) {
	all, err := openAPI()
	require.NoError(t, err)
	if all == nil {
		t.Skip("needs CVCONFORM_OPENAPI_DIR: the folder with training-v3.3.json and training-v3.4-preview.json")
	}
	for _, d := range all {
		o, ok := d.find("GET", "/projects/1/images/count")
		require.True(t, ok)
		assert.Equal(t, "GetImageCount", o.id)
		assert.NoError(t, d.validate(o.answers["200"], []byte(`5`)))
		assert.Error(t, d.validate(o.answers["200"], []byte(`"5"`)))
		o, ok = d.find("POST", "/projects/1/iterations/2/export")
		require.True(t, ok)
		valid := object{
			"platform":              "CoreML",
			"status":                "Done",
			"downloadUri":           nil,
			"flavor":                nil,
			"newerVersionAvailable": false,
		}
		assert.NoError(t, d.validate(o.answers["200"], document(t, valid)))
		faults := object{"status": "Finished", "newerVersionAvailable": nil, "beside": 1}
		for member, wrong := range faults {
			broken := object{}
			for k, v := range valid {
				broken[k] = v
			}
			broken[member] = wrong
			assert.Error(t, d.validate(o.answers["200"], document(t, broken)), member)
		}
	}
}

func document(t *testing.T, value any) []byte {
	t.Helper()
	data, err := json.Marshal(value)
	require.NoError(t, err)
	return data
}
