package customvision_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// requireBlobError requires an error response of the Blob service.
func (s *service) requireBlobError(a response, status int, code string) {
	s.Helper()
	require.Equal(s, status, a.status, "%s", a.body)
	problem := struct{ Code, Message string }{}
	require.NoError(s, xml.Unmarshal(a.body, &problem), "%s", a.body)
	require.Equal(s, code, problem.Code)
	require.Equal(s, code, a.header.Get("x-ms-error-code"))
	require.NotEmpty(s, problem.Message)
}

// blobClient returns a client of the Azure SDK for a link.
func (s *service) blobClient(link string) *blockblob.Client {
	s.Helper()
	client, err := blockblob.NewClientWithNoCredential(link, &blockblob.ClientOptions{ClientOptions: azcore.ClientOptions{
		Transport: s.client, Retry: policy.RetryOptions{MaxRetries: -1}}})
	require.NoError(s, err)
	return client
}

// requireDownload downloads a link with the Azure SDK, at once and in ranges, and returns its content.
func (s *service) requireDownload(link string) []byte {
	s.Helper()
	ctx, client := s.Context(), s.blobClient(link)
	properties, err := client.GetProperties(ctx, nil)
	require.NoError(s, err)
	stream, err := client.DownloadStream(ctx, nil)
	require.NoError(s, err)
	data, err := io.ReadAll(stream.Body)
	require.NoError(s, err)
	assert.Equal(s, int64(len(data)), *properties.ContentLength)
	assert.Equal(s, stream.ETag, properties.ETag)
	assert.Equal(s, blob.BlobTypeBlockBlob, *properties.BlobType)
	assert.Equal(s, properties.LastModified, properties.CreationTime)
	assert.NotEmpty(s, *properties.RequestID)
	inRanges := make([]byte, len(data))
	_, err = client.DownloadBuffer(ctx, inRanges, &blob.DownloadBufferOptions{BlockSize: 100})
	require.NoError(s, err)
	assert.True(s, bytes.Equal(data, inRanges))
	return data
}

// The Azure SDK needs nothing but a link: of a model, a picture, a token and the modelUri of a message.
func TestLinksAreBlobs(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", queueURI, "")
		requireOK[object](s, s.call("POST", exportPath(project, iteration)+"?platform=ONNX", nil))
		message := decode[struct{ Content object }](s, []byte(s.nextMessage(queueURI)))
		model := s.requireDownload(message.Content["modelUri"].(string))
		link := s.exports(project, iteration)[0]["downloadUri"].(string)
		assert.Equal(s, model, s.requireDownload(link))
		image := requireOK[[]object](s, s.call("GET", "/projects/"+project+"/images", nil))[0]
		assert.Equal(s, picture(9), s.requireDownload(image["originalImageUri"].(string)))
		s.requireDownload(image["thumbnailUri"].(string))
		assert.Contains(s, string(s.requireDownload(s.exportProject(project)["token"].(string))), `"imageCount":10`)

		ctx, client := s.Context(), s.blobClient(link)
		etag := azcore.ETag(`"other"`)
		_, err := client.DownloadStream(ctx, &blob.DownloadStreamOptions{
			AccessConditions: &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfMatch: &etag}},
		})
		require.ErrorContains(s, err, "412")
		_, err = client.DownloadStream(ctx, &blob.DownloadStreamOptions{Range: blob.HTTPRange{Offset: 1 << 20}})
		assert.True(s, bloberror.HasCode(err, bloberror.InvalidRange), err)
		_, err = client.Delete(ctx, nil)
		assert.True(s, bloberror.HasCode(err, bloberror.AuthorizationPermissionMismatch), err)
		_, err = s.blobClient(strings.Replace(link, "sig=", "sig=A", 1)).GetProperties(ctx, nil)
		assert.True(s, bloberror.HasCode(err, bloberror.AuthenticationFailed), err)
		assert.Equal(s, http.StatusNoContent, s.call("DELETE", "/projects/"+project, nil).status)
		_, err = client.GetProperties(ctx, nil)
		assert.True(s, bloberror.HasCode(err, bloberror.BlobNotFound), err)
		s.addFault(`{"at":"api","operation":"DownloadBlob","status":503,"code":"ServerBusy"}`)
		_, err = client.DownloadStream(ctx, nil)
		assert.True(s, bloberror.HasCode(err, bloberror.ServerBusy), err)
	})
}
