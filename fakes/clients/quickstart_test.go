package clients_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/Azure/azure-sdk-for-go/services/cognitiveservices/v3.0/customvision/prediction"
	"github.com/Azure/azure-sdk-for-go/services/cognitiveservices/v3.0/customvision/training"
	"github.com/Azure/go-autorest/autorest"
	"github.com/gofrs/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testQuickstart follows the official quickstart for Go, whose SDK is for v3.0: it trains and publishes a classifier,
// and lets the prediction endpoint classify an image.
func testQuickstart(t *testing.T, s service) {
	const publishName, predictionResource = "classifyModel", "/subscriptions/s/resourceGroups/g/providers/" +
		"Microsoft.CognitiveServices/accounts/a"
	ctx, trainer := t.Context(), training.New(s.Key, s.Endpoint)
	project, err := trainer.CreateProject(ctx, t.Name(), "", nil, string(training.Multilabel), nil)
	require.NoError(t, err)
	images := newImages(t, "hemlock", "cherry")
	for name, tagged := range images {
		tag, err := trainer.CreateTag(ctx, *project.ID, name, "", string(training.Regular))
		require.NoError(t, err)
		for _, image := range tagged {
			data := io.NopCloser(bytes.NewReader(image))
			summary, err := trainer.CreateImagesFromData(ctx, *project.ID, data, []uuid.UUID{*tag.ID})
			require.NoError(t, err)
			require.True(t, *summary.IsBatchSuccessful)
		}
	}
	iteration, err := trainer.TrainProject(ctx, *project.ID, "", nil, nil, "")
	require.NoError(t, err)
	waitUntil(t, "the training", func() bool {
		iteration, err = trainer.GetIteration(ctx, *project.ID, *iteration.ID)
		require.NoError(t, err)
		return *iteration.Status == "Completed"
	})
	_, err = trainer.PublishIteration(ctx, *project.ID, *iteration.ID, publishName, predictionResource)
	require.NoError(t, err)

	predictor := prediction.New(s.Endpoint)
	predictor.Authorizer = autorest.NewAPIKeyAuthorizerWithHeaders(map[string]any{"Prediction-Key": s.Key})
	data := io.NopCloser(bytes.NewReader(images["hemlock"][0]))
	result, err := predictor.ClassifyImage(ctx, *project.ID, publishName, data, "")
	require.NoError(t, err)
	require.Len(t, *result.Predictions, 2)
	assert.Equal(t, "hemlock", *(*result.Predictions)[0].TagName, "the most probable first")
	_, err = trainer.UnpublishIteration(ctx, *project.ID, *iteration.ID)
	require.NoError(t, err)
	_, err = trainer.DeleteProject(ctx, *project.ID)
	require.NoError(t, err)
}
