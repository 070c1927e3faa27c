package check_test

import (
	"testing"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
)

func TestUpdateOfOneURI(t *testing.T) {
	set, kept := check.NamedURIsSet(), check.OtherURIKept()
	const before = `{"settings":{"notificationQueueUri":"http://s/q","exportModelContainerUri":"http://s/c"}}`
	update := func(sent, after string) *timelineBuilder {
		s := newGatewayTimeline().endAct().act(situation.Act{Verb: situation.Update, Change: situation.MoveStorage})
		s.call("GetProject", 9, 10, before).call("UpdateProject", 11, 12, "{}").requestBody(`{"settings":` + sent + `}`)
		return s.call("GetProject", 13, 14, after)
	}
	const queue, container = `{"notificationQueueUri":"http://s/q2"}`, `{"exportModelContainerUri":"http://s/c2"}`
	document := func(queue, container string) string {
		return `{"settings":{"notificationQueueUri":"` + queue + `","exportModelContainerUri":"` + container + `"}}`
	}
	moved := document("http://s/q2", "http://s/c")
	assertVerdicts(t, map[string]verdict{
		"queue set":           {set, update(queue, moved), ""},
		"queue ignored":       {set, update(queue, before), `failed: settings.notificationQueueUri = "http://s/q"`},
		"queue hidden":        {set, update(queue, "{}"), "failed: settings.notificationQueueUri is absent"},
		"container set":       {set, update(container, document("", "http://s/c2")), ""},
		"container ignored":   {set, update(container, before), `failed: settings.exportModelContainerUri = "http://s/c"`},
		"both, one ignored":   {set, update(`{"notificationQueueUri":"a","exportModelContainerUri":"b"}`, document("a", "c")), `= "c"`},
		"no project":          {set, update(queue, "<html>"), "failed: GetProject returned 200, but not the expected JSON"},
		"container kept":      {kept, update(queue, moved), ""},
		"container kept only": {kept, update(queue, before), ""},
		"container cleared":   {kept, update(queue, document("http://s/q2", "")), `failed: settings.exportModelContainerUri = ""`},
		"queue cleared":       {kept, update(container, document("", "http://s/c2")), `failed: settings.notificationQueueUri = ""`},
		"queue altered":       {kept, update(container, document("x", "http://s/c2")), `failed: settings.notificationQueueUri = "x"`},
	})
}
