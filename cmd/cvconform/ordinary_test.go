package main

import (
	"bytes"
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
	"github.com/cvconform/cvconform/internal/testkit/azuritetls"
)

// TestOrdinaryAzurite runs the command over an Azurite as other people start it. The scripts get its connection string
// in ORDINARY, its certificate authority in STORAGE_CA, and in NEWEST the URL of a service that accesses blobs with the
// newest SDK. The key of that service is in NEWEST_KEY.
func TestOrdinaryAzurite(t *testing.T) {
	storage := azuritetls.StartOrdinary(t, time.Now())
	fake := newestService(t, storage)
	service := httptest.NewServer(fake)
	t.Cleanup(service.Close)
	runScripts(t, "testdata/ordinary", map[string]string{
		"ORDINARY": storage.ConnectionString, "STORAGE_CA": storage.CAFile,
		"NEWEST": service.URL, "NEWEST_KEY": fake.TrainingKey(),
	})
}

// A newestStorage writes blobs with the API version of the newest SDK.
type newestStorage struct{ customvision.Storage }

// PutBlob implements [customvision.Storage].
func (newestStorage) PutBlob(ctx context.Context, container, name string, data []byte) error {
	key, err := blob.NewSharedKeyCredential(azuritetls.OrdinaryName, azuritetls.OrdinaryKey)
	if err != nil {
		return err
	}
	client, err := blockblob.NewClientWithSharedKeyCredential(container+"/"+name, key, nil)
	if err == nil {
		_, err = client.Upload(ctx, streaming.NopCloser(bytes.NewReader(data)), nil)
	}
	return err
}

func newestService(t *testing.T, storage azuritetls.Ordinary) *customvision.Server {
	t.Helper()
	pinned, err := azurestorage.New(azurestorage.Options{ConnectionString: storage.ConnectionString})
	require.NoError(t, err)
	fake := customvision.New(customvision.Options{Storage: newestStorage{pinned}})
	t.Cleanup(func() { _ = fake.Close(context.WithoutCancel(t.Context())) })
	return fake
}
