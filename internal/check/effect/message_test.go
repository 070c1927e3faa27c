package effect

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/reading"
)

func TestMemberIsReadInAnyCase(t *testing.T) {
	object := map[string]any{"PROJECTID": "a", "ProjectId": "b", "projectid": "c", "other": "d"}
	for range 50 {
		require.Equal(t, "a", member(object, "projectId"), "the first in order")
	}
	object["projectId"] = "exact"
	assert.Equal(t, "exact", member(object, "projectId"))
	assert.Nil(t, member(object, "iterationId"))
}

func putMessage(queue, text string, status int) evidence.Operation {
	return evidence.Operation{Service: evidence.Queue, Name: "PutMessage", Resource: queue, Text: text, Status: status}
}

func TestStoresMessage(t *testing.T) {
	for name, c := range map[string]struct {
		op   evidence.Operation
		want bool
	}{
		"its message":     {putMessage("q1", `{"type":"Export"}`, 201), true},
		"in another case": {putMessage("q1", `{"TYPE":"export"}`, 201), true},
		"in base64":       {putMessage("q1", "eyJ0eXBlIjoiRXhwb3J0In0=", 201), true},
		"another type":    {putMessage("q1", `{"type":"Training"}`, 201), false},
		"another queue":   {putMessage("q2", `{"type":"Export"}`, 201), false},
		"refused":         {putMessage("q1", `{"type":"Export"}`, 403), false},
		"no JSON":         {putMessage("q1", "Export", 201), false},
		"a peek at the message": {
			evidence.Operation{Name: "PeekMessages", Resource: "q1", Status: 200, Text: `{"type":"Export"}`}, false,
		},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, StoresMessage(c.op, Export, "q1")) })
	}
}

// A message that names none of the other iterations or platforms may be the expected one with a fault.
func TestMessageOfAnIterationOrPlatform(t *testing.T) {
	for id, want := range map[string]bool{"NEW": true, "old": false, "unknown": true, "": true} {
		op := putMessage("q", `{"type":"Training","Content":{"iterationId":"`+id+`"}}`, 201)
		assert.Equal(t, want, StoresTraining(op, "q", "new", "old"), id)
	}
	for link, want := range map[string]bool{"http://h/m.ONNX?sig=x": true, "http://h/m.CoreML": false, "http://h/m": true, "": true} {
		op := putMessage("q", `{"type":"Export","Content":{"modelUri":"`+link+`"}}`, 201)
		assert.Equal(t, want, StoresExport(op, "q", "ONNX", "CoreML", "ONNX"), link)
	}
}

func TestStoresBlob(t *testing.T) {
	good := evidence.Operation{Service: evidence.Blob, Name: "PutBlob", Resource: "c1", Object: "b", Status: 201}
	assert.True(t, StoresBlob(good, "c1"))
	assert.False(t, StoresBlob(good, "c2"))
	for name, change := range map[string]func(*evidence.Operation){
		"refused":       func(o *evidence.Operation) { o.Status = 403 },
		"a read":        func(o *evidence.Operation) { o.Name = "GetBlob" },
		"deleted":       func(o *evidence.Operation) { o.Name = "DeleteBlob" },
		"the container": func(o *evidence.Operation) { o.Object = "" },
		"a queue":       func(o *evidence.Operation) { o.Service = evidence.Queue },
	} {
		other := good
		change(&other)
		assert.False(t, StoresBlob(other, "c1"), name)
	}
}

func TestBackupNames(t *testing.T) {
	const project, iteration = "11111111-2222-3333-4444-55555555555a", "66666666-2222-3333-4444-555555555555"
	b := Backup{project, iteration, "CoreML"}
	spaced, tight := b.Names(reading.Set{reading.BlobName: "any"})[0], b.Names(reading.Set{reading.BlobName: "any"})[1]
	for _, name := range []string{spaced, tight} {
		parsed, ok := ParseBackup(name)
		assert.True(t, ok, name)
		assert.Equal(t, b, parsed)
	}
	_, ok := ParseBackup("model.zip")
	assert.False(t, ok)
	assert.True(t, b.HasName(spaced, reading.Set{}))
	assert.False(t, b.HasName(tight, reading.Set{}))
	assert.False(t, b.HasName(spaced+"x", reading.Set{}))
	block := evidence.Operation{Service: evidence.Blob, Name: "PutBlock", Resource: "c", Object: spaced, Status: 201}
	assert.False(t, StoresBackup(block, "c", b, reading.Set{}), "a block makes no blob")
	block.Name = "PutBlockList"
	assert.True(t, StoresBackup(block, "c", b, reading.Set{}))
	assert.Equal(t, project, ProjectNamedBy(block))
}

func TestIsTestBlob(t *testing.T) {
	anyCase := reading.Set{reading.TestFolder: "any-case"}
	assert.True(t, IsTestBlob("customvision-testpermission/x", anyCase))
	assert.False(t, IsTestBlob("CustomVision-TestPermission/", anyCase), "a folder placeholder")
	assert.False(t, IsTestBlob("x", anyCase))
	korean := reading.Set{reading.TestFolder: "Customvision"}
	assert.True(t, IsTestBlob("Customvision-TestPermission/x", korean))
	assert.False(t, IsTestBlob("CustomVision-TestPermission/x", korean))
}
