package customvisiontest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvisiontest"
	"github.com/cvconform/cvconform/internal/testkit"
)

func TestTrainingThatFails(t *testing.T) {
	testkit.RequireNode(t)
	t.Parallel()
	w := customvisiontest.Start(t, customvision.Options{})
	project := w.Project(t, "fruit")
	w.FailNextTraining()
	iteration := w.Train(t, project)
	m := w.WaitForMessage(t, "TrainingFailed")
	assert.Equal(t, []string{"Training", project, iteration}, []string{m.Type, m.ProjectID, m.IterationID})
	assert.Equal(t, "ConnectionTest", w.Messages(t)[0].Type)
	w.Duplicate(t, m)
	all := w.Messages(t)
	require.Len(t, all, 3)
	assert.Equal(t, all[1], all[2])
}

func TestExportsOfAWorldWithAnotherClock(t *testing.T) {
	testkit.RequireNode(t)
	t.Parallel()
	w := customvisiontest.Start(t, customvision.Options{TrainingDuration: time.Hour, ExportDuration: time.Hour})
	project := w.Project(t, "fruit")
	iteration := w.Train(t, project)
	assert.Len(t, w.Messages(t), 1)
	w.Advance(t, time.Hour)
	assert.Equal(t, iteration, w.WaitForMessage(t, "TrainingCompleted").IterationID)

	w.FailNextExport()
	w.Export(t, project, iteration, "ONNX")
	w.Export(t, project, iteration, "CoreML")
	w.Advance(t, time.Hour)
	assert.Empty(t, w.WaitForMessage(t, "ExportFailed").ModelURI)
	m := w.WaitForMessage(t, "ExportCompleted")
	assert.Contains(t, m.ModelURI, w.Container)

	response, err := http.Get(w.ControlURL + "/health")
	require.NoError(t, err)
	defer response.Body.Close()
	assert.Equal(t, http.StatusOK, response.StatusCode)
}

func TestPicturesAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, tag := range []string{"apple", "pear"} {
		for _, picture := range customvisiontest.Pictures(tag, 20) {
			seen[string(picture)] = true
		}
	}
	assert.Len(t, seen, 40)
}
