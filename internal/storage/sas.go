package storage

import (
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	blobsas "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"
	queuesas "github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2/sas"
)

// ReadBlobsSAS returns the query of an account SAS that allows to list and read blobs until then. Without the
// account's key the error is ErrNoKey.
func (a *Account) ReadBlobsSAS(until time.Time) (string, error) {
	if a.key == "" {
		return "", wrapOp(ErrNoKey, "sign a SAS for blobs")
	}
	key, err := azblob.NewSharedKeyCredential(a.name, a.key)
	if err != nil {
		return "", err
	}
	query, err := blobsas.AccountSignatureValues{
		Protocol: blobsas.ProtocolHTTPSandHTTP, ExpiryTime: until.UTC(),
		Permissions:   (&blobsas.AccountPermissions{Read: true, List: true}).String(),
		ResourceTypes: (&blobsas.AccountResourceTypes{Container: true, Object: true}).String(),
	}.SignWithSharedKey(key)
	if err != nil {
		return "", fmt.Errorf("sign a SAS for blobs: %w", err)
	}
	return query.Encode(), nil
}

// ReadQueuesSAS returns the query of an account SAS that allows to peek at messages until then. Without the account's
// key the error is ErrNoKey.
func (a *Account) ReadQueuesSAS(until time.Time) (string, error) {
	if a.key == "" {
		return "", wrapOp(ErrNoKey, "sign a SAS for queues")
	}
	key, err := azqueue.NewSharedKeyCredential(a.name, a.key)
	if err != nil {
		return "", err
	}
	query, err := queuesas.AccountSignatureValues{
		Protocol: queuesas.ProtocolHTTPSandHTTP, ExpiryTime: until.UTC(),
		Permissions:   (&queuesas.AccountPermissions{Read: true}).String(),
		ResourceTypes: (&queuesas.AccountResourceTypes{Container: true, Object: true}).String(),
	}.SignWithSharedKey(key)
	if err != nil {
		return "", fmt.Errorf("sign a SAS for queues: %w", err)
	}
	return query.Encode(), nil
}
