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

// openAPI returns the official descriptions of the two versions, or nil unless the environment variable
// CVCONFORM_OPENAPI_DIR names a folder with training-v3.3.json and training-v3.4-preview.json. If they are present,
// every response in the tests of this package is compared with them.
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

// description is an OpenAPI 2.0 document.
type description struct {
	operations []operation
	compiler   *jsonschema.Compiler
	mu         sync.Mutex // guards compiler
}

type operation struct {
	id, method string
	path       *regexp.Regexp
	responses  map[string]string // location of the schema by status; "" if there is none
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
	forbidUnlistedMembers(document)
	d := &description{compiler: jsonschema.NewCompiler()}
	d.compiler.DefaultDraft(jsonschema.Draft4)
	d.compiler.AssertFormat()
	// Times are not validated, because the recorded times of images have no zone.
	for _, format := range []string{"date-time", "float", "double", "int32", "byte"} {
		d.compiler.RegisterFormat(&jsonschema.Format{Name: format, Validate: func(any) error { return nil }})
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
		path: regexp.MustCompile("^" + pattern + "$"), responses: map[string]string{}}
	for status, response := range o["responses"].(map[string]any) {
		op.responses[status] = ""
		if schema, ok := response.(map[string]any)["schema"].(map[string]any); ok && schema["type"] != "file" {
			op.responses[status] = fmt.Sprintf(
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

// forbidUnlistedMembers changes the schemas of a document. Members that they do not list become invalid. null
// becomes valid unless a schema has "x-nullable": false, which agrees with the recordings. Recorded deviations are
// added.
func forbidUnlistedMembers(node any) {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			forbidUnlistedMembers(child)
		}
	case map[string]any:
		for _, child := range n {
			forbidUnlistedMembers(child)
		}
		if properties, ok := n["properties"].(map[string]any); ok && n["type"] == "object" {
			n["additionalProperties"] = false
			allowRecordedMembers(properties)
		}
	}
}

func allowRecordedMembers(properties map[string]any) {
	if _, ok := properties["targetExportPlatforms"]; ok {
		// The guide shows the URIs in v3.3; its description lacks them.
		properties["exportModelContainerUri"] = map[string]any{"type": "string"}
		properties["notificationQueueUri"] = map[string]any{"type": "string"}
	}
	if code, ok := properties["code"].(map[string]any); ok {
		// The description of v3.3 lacks the codes of v3.4-preview (modelAsString).
		delete(code, "enum")
	}
	if status, ok := properties["status"].(map[string]any); ok {
		// The service has another status of an upload (github.com/MicrosoftDocs/azure-docs/issues/96584, modelAsString).
		if values, ok := status["enum"].([]any); ok && slices.Contains(values, any("OKDuplicate")) {
			status["enum"] = append(values, "ErrorInvalidRegion")
		}
	}
	if _, ok := properties["enabled"]; ok {
		// In both versions the domains are those recorded. The description of v3.3 lacks both members, and no description
		// lists IVS.
		properties["exportablePlatforms"] = map[string]any{"type": "array", "items": map[string]any{"type": "string"}}
		properties["modelInformation"] = map[string]any{"type": "object"}
	}
	for name, schema := range properties {
		if s := schema.(map[string]any); s["x-nullable"] != false || slices.Contains(recordedNull(), name) {
			properties[name] = map[string]any{"anyOf": []any{s, map[string]any{"type": "null"}}}
		}
	}
}

// recordedNull lists members that are null in recordings of the real service, although the descriptions exclude it.
func recordedNull() []string {
	return []string{"detectionParameters", "publishName", "originalPublishResourceId", "exportableTo", "thumbnailUri",
		"customBaseModelInfo", "trainingErrorDetails", "downloadUri", "modelInformation", "tagName", "continuation",
		"application"}
}

// findOperation returns the operation of a request.
func (d *description) findOperation(method, path string) (operation, bool) {
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

// assertDescribed compares a response with the description. Responses of the API gateway are not described.
func assertDescribed(t *testing.T, request *http.Request, a response) {
	t.Helper()
	all, err := openAPI()
	require.NoError(t, err)
	parts := strings.SplitN(strings.ToLower(request.URL.Path), "/", 5)
	if request.Method == http.MethodOptions || len(parts) < 5 || parts[1] != "customvision" || all[parts[2]] == nil ||
		slices.Contains(gatewayStatuses(), a.status) {
		return
	}
	d := all[parts[2]]
	o, ok := d.findOperation(request.Method, "/"+strings.TrimSuffix(parts[4], "/"))
	if !ok {
		assert.GreaterOrEqual(t, a.status, 400, "%s %s is not described", request.Method, request.URL.Path)
		return
	}
	where, described := o.responses[fmt.Sprint(a.status)]
	if !described {
		assert.GreaterOrEqual(t, a.status, 400, "%s responds with undescribed status %d", o.id, a.status)
		where = o.responses["default"]
	}
	if where == "" {
		return
	}
	assert.NoError(t, d.validate(where, a.body), "%s responds with %d %s", o.id, a.status, a.body)
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

func TestDescriptionsRejectInvalidResponses(t *testing.T) {
	all, err := openAPI()
	require.NoError(t, err)
	if all == nil {
		t.Skip("needs CVCONFORM_OPENAPI_DIR: the folder with training-v3.3.json and training-v3.4-preview.json")
	}
	for _, d := range all {
		o, ok := d.findOperation("GET", "/projects/1/images/count")
		require.True(t, ok)
		assert.Equal(t, "GetImageCount", o.id)
		assert.NoError(t, d.validate(o.responses["200"], []byte(`5`)))
		assert.Error(t, d.validate(o.responses["200"], []byte(`"5"`)))
		o, ok = d.findOperation("POST", "/projects/1/iterations/2/export")
		require.True(t, ok)
		valid := object{
			"platform":              "CoreML",
			"status":                "Done",
			"downloadUri":           nil,
			"flavor":                nil,
			"newerVersionAvailable": false,
		}
		assert.NoError(t, d.validate(o.responses["200"], document(t, valid)))
		faults := object{"status": "Finished", "newerVersionAvailable": nil, "unlisted": 1}
		for member, wrong := range faults {
			broken := object{}
			for k, v := range valid {
				broken[k] = v
			}
			broken[member] = wrong
			assert.Error(t, d.validate(o.responses["200"], document(t, broken)), member)
		}
	}
}

func document(t *testing.T, value any) []byte {
	t.Helper()
	data, err := json.Marshal(value)
	require.NoError(t, err)
	return data
}
