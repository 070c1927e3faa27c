package customvision_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

func (s *service) artifact(project, path string) response {
	s.Helper()
	return s.call("GET", "/projects/"+project+"/artifacts?path="+url.QueryEscape(path), nil)
}

// The request and the content type are those of GetArtifacts.json in the session records of
// Azure/azure-sdk-for-net.
func TestArtifacts(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		requireOK[object](s, s.call("POST", exportPath(project, iteration)+"?platform=ONNX", nil))
		s.quickTest(project, 3, "")
		s.waitForWork()
		for _, link := range []string{
			s.exports(project, iteration)[0]["downloadUri"].(string),
			s.predictions(project, object{}).results()[0]["originalImageUri"].(string),
			s.exportProject(project)["token"].(string),
		} {
			u, err := url.Parse(link)
			require.NoError(s, err)
			for _, path := range []string{u.Path, u.Path[1:], u.RequestURI()} {
				a := s.artifact(project, path)
				require.Equal(s, 200, a.status, "%s: %s", path, a.body)
				assert.Equal(s, s.get(link).body, a.body)
				assert.Equal(s, "application/octet-stream", a.header.Get("Content-Type"))
			}
		}
	})
}

func TestArtifactErrors(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		other := s.create("q", "", "").id()
		requireOK[object](s, s.call("POST", exportPath(project, iteration)+"?platform=ONNX", nil))
		s.waitForWork()
		link := s.exports(project, iteration)[0]["downloadUri"].(string)
		u, err := url.Parse(link)
		require.NoError(s, err)
		for _, path := range []string{
			"x", "/", "//", "..", "/m-" + unknownID, link, u.Path + "x", u.Path + "/more", "/x-" + project + "/y", "/" + u.Path,
			strings.Replace(u.Path, "ONNX", "CoreML", 1), "/e-" + project + "/o-" + unknownID,
			"/prjexp-" + project + "/project-export-info", "\x00",
		} {
			s.requireError(s.artifact(project, path), 400, "BadRequestInvalidArtifactUri")
		}
		s.requireError(s.artifact(other, u.Path), 400, "BadRequestInvalidArtifactUri")
		s.requireError(s.artifact(unknownID, u.Path), 404, "NotFoundProject")
		s.requireError(s.artifact("x", u.Path), 400, "BadRequestInvalidIds")
		s.requireError(s.artifact(project, ""), 400, "BadRequestRequiredParamIsNull")
	})
}
