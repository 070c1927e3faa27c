package customvision_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// TestInvalidBodiesOfModelOperations checks that every operation with a body refuses other media types and bodies
// that are too large, and changes nothing.
func TestInvalidBodiesOfModelOperations(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		path := "/projects/" + project
		this := "?iterationId=" + iteration
		for _, c := range []string{
			"POST /train?forceTrain=true", "PATCH /iterations/" + iteration, "POST /predictions/query",
			"POST /images/predictions", "POST /quicktest/url",
			"POST /images/suggested" + this, "POST /images/suggested/count" + this,
		} {
			method, rest, _ := strings.Cut(c, " ")
			a := s.send(method, path+rest, "text/xml", []byte("<a/>"))
			s.requireError(a, 415, "UnsupportedMediaType")
			s.requireError(s.call(method, path+rest, bytes.NewReader(make([]byte, 2<<20))), 413, "BadRequest")
			s.requireError(s.call(method, path+rest, strings.NewReader(`{"a":`)), 400, "BadRequest")
		}
		s.requireError(s.send("POST", path+"/quicktest/image", "image/png", picture(1)), 415, "UnsupportedMediaType")
		assert.Len(s, s.iterationIDs(project), 1)
		assert.Empty(s, s.predictions(project, object{})["results"])
	})
}
