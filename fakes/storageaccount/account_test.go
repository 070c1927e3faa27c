package storageaccount_test

import (
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2/queueerror"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/storageaccount"
	"github.com/cvconform/cvconform/internal/testkit/cloud"
)

func TestCreateAndDeleteContainer(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		_, c := openAccount(t, n, storageaccount.Options{})
		ctx, client := t.Context(), c.blobs.NewContainerClient("models")
		_, err := client.Create(ctx, nil)
		require.NoError(t, err)
		_, err = client.Create(ctx, nil)
		assert.True(t, bloberror.HasCode(err, bloberror.ContainerAlreadyExists), err)
		_, err = client.GetProperties(ctx, nil)
		require.NoError(t, err)
		_, err = c.blobs.CreateContainer(ctx, "Models", nil)
		assert.True(t, bloberror.HasCode(err, bloberror.InvalidResourceName), err)
		_, err = client.Delete(ctx, nil)
		require.NoError(t, err)
		_, err = client.Delete(ctx, nil)
		assert.True(t, bloberror.HasCode(err, bloberror.ContainerNotFound), err)
		wait(29 * time.Second)
		_, err = client.Create(ctx, nil)
		assert.True(t, bloberror.HasCode(err, bloberror.ContainerBeingDeleted), err)
		wait(time.Second)
		_, err = client.Create(ctx, nil)
		require.NoError(t, err)
		require.NoError(t, c.harness.Ping(ctx))
	})
}

func TestCreateAndDeleteQueue(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		_, c := openAccount(t, n, storageaccount.Options{})
		ctx, client := t.Context(), c.queues.NewQueueClient("notes")
		_, err := client.GetProperties(ctx, nil)
		assert.True(t, queueerror.HasCode(err, queueerror.QueueNotFound), err)
		for range 2 {
			_, err = client.Create(ctx, nil)
			require.NoError(t, err)
		}
		_, err = client.Delete(ctx, nil)
		require.NoError(t, err)
		wait(29 * time.Second)
		_, err = client.Create(ctx, nil)
		assert.True(t, queueerror.HasCode(err, queueerror.QueueBeingDeleted), err)
		wait(time.Second)
		_, err = client.Create(ctx, nil)
		require.NoError(t, err)
		_, err = c.queues.CreateQueue(ctx, "a--b", nil)
		assert.True(t, queueerror.HasCode(err, queueerror.InvalidResourceName), err)
	})
}

func TestListQueuesAndContainers(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		_, c := openAccount(t, n, storageaccount.Options{})
		for _, name := range []string{"cvc-b", "cvc-a", "other", "cvc-c"} {
			require.NoError(t, c.harness.CreateQueue(t.Context(), name))
			require.NoError(t, c.harness.CreateContainer(t.Context(), name))
		}
		require.NoError(t, c.harness.DeleteQueue(t.Context(), "cvc-b"))
		require.NoError(t, c.harness.DeleteContainer(t.Context(), "cvc-b"))
		queues, containers, err := c.harness.Names(t.Context(), "cvc-")
		require.NoError(t, err)
		assert.Equal(t, []string{"cvc-a", "cvc-c"}, queues)
		assert.Equal(t, []string{"cvc-a", "cvc-c"}, containers)

		var pages [][]string
		pager := c.queues.NewListQueuesPager(&azqueue.ListQueuesOptions{MaxResults: to.Ptr(int32(2))})
		for pager.More() {
			page, err := pager.NextPage(t.Context())
			require.NoError(t, err)
			pages = append(pages, nil)
			for _, q := range page.Queues {
				pages[len(pages)-1] = append(pages[len(pages)-1], *q.Name)
			}
		}
		assert.Equal(t, [][]string{{"cvc-a", "cvc-c"}, {"other"}}, pages)
	})
}

func TestWriteAndReadBlobs(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		account, c := openAccount(t, n, storageaccount.Options{})
		ctx := t.Context()
		require.NoError(t, c.harness.CreateContainer(ctx, "models"))
		for _, name := range []string{"p - i.CoreML", "folder/x", "ü+%?#&= <>", "a//b/"} {
			_, err := c.blobs.NewContainerClient("models").NewBlockBlobClient(name).UploadBuffer(ctx, []byte("content of "+name),
				&blockblob.UploadBufferOptions{HTTPHeaders: &blob.HTTPHeaders{BlobContentType: to.Ptr("application/zip")}})
			require.NoError(t, err)
			read, err := c.harness.Blob(ctx, "models", name)
			require.NoError(t, err)
			assert.Equal(t, "application/zip", read.ContentType)
			assert.EqualValues(t, len("content of "+name), read.Length)
		}
		require.NoError(t, account.PutBlob(ctx, "http://"+account.BlobHost()+"/models", "empty", nil))
		all, err := c.harness.Blobs(ctx, "models")
		require.NoError(t, err)
		assert.Len(t, all, 5)
		part, err := c.blobs.NewContainerClient("models").NewBlobClient("folder/x").DownloadStream(ctx,
			&blob.DownloadStreamOptions{Range: blob.HTTPRange{Offset: 8, Count: 2}})
		require.NoError(t, err)
		body, err := io.ReadAll(part.Body)
		require.NoError(t, err)
		assert.Equal(t, "of", string(body))
		_, err = c.blobs.NewContainerClient("models").NewBlobClient("gone").GetProperties(ctx, nil)
		assert.True(t, bloberror.HasCode(err, bloberror.BlobNotFound), err)
		_, err = c.blobs.NewContainerClient("none").NewBlobClient("x").Delete(ctx, nil)
		assert.True(t, bloberror.HasCode(err, bloberror.ContainerNotFound), err)
	})
}

func TestListedBlobHasItsProperties(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		account, c := openAccount(t, n, storageaccount.Options{})
		require.NoError(t, account.AddContainer("models", "x", []byte("abc")))
		list := c.list(t, "models", container.ListBlobsInclude{Metadata: true})
		require.Len(t, list, 1)
		p := list[0].Properties
		head, err := c.blobs.NewContainerClient("models").NewBlobClient("x").GetProperties(t.Context(), nil)
		require.NoError(t, err)
		assert.Equal(
			t,
			[]any{int64(3), head.ContentMD5, time.Now().Unix(), "application/octet-stream", blob.BlobTypeBlockBlob},
			[]any{*p.ContentLength, p.ContentMD5, p.CreationTime.Unix(), *p.ContentType, *p.BlobType},
		)
		assert.Equal(t, string(*head.ETag), `"`+string(*p.ETag)+`"`)
		assert.Nil(t, list[0].Deleted)
	})
}

func TestListBlobsByPage(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		account, c := openAccount(t, n, storageaccount.Options{})
		require.NoError(t, account.AddContainer("models", "0", nil))
		var want []string
		for i := range 30 {
			want = append(want, fmt.Sprintf("x/%02d", i))
			require.NoError(t, account.PutBlob(t.Context(), "http://"+account.BlobHost()+"/models", want[i], nil))
		}
		var got []string
		pages := 0
		pager := c.blobs.NewContainerClient("models").
			NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: to.Ptr("x/"), MaxResults: to.Ptr(int32(7))})
		for ; pager.More(); pages++ {
			page, err := pager.NextPage(t.Context())
			require.NoError(t, err)
			for _, b := range page.Segment.BlobItems {
				got = append(got, *b.Name)
			}
		}
		assert.Equal(t, want, got)
		assert.Equal(t, 5, pages)
	})
}

func TestReceiveMessages(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		account, c := openAccount(t, n, storageaccount.Options{})
		ctx, queue := t.Context(), c.queues.NewQueueClient("notes")
		require.NoError(t, c.harness.CreateQueue(ctx, "notes"))
		var want []string
		for i := range 70 {
			want = append(want, fmt.Sprintf(` {"n": %d, "s": "<&> ü 😀"} `, i))
			_, err := queue.EnqueueMessage(ctx, want[i], nil)
			require.NoError(t, err)
		}
		peeked, err := queue.PeekMessages(ctx, &azqueue.PeekMessagesOptions{NumberOfMessages: to.Ptr(int32(32))})
		require.NoError(t, err)
		assert.Len(t, peeked.Messages, 32)
		messages, err := c.harness.Messages(ctx, "notes")
		require.NoError(t, err)
		var texts []string
		for _, m := range messages {
			texts = append(texts, m.Text)
			assert.Equal(t, time.Now().UTC(), m.Inserted.UTC())
		}
		assert.Equal(t, want, texts)
		second, err := c.harness.Messages(ctx, "notes")
		require.NoError(t, err)
		assert.Empty(t, second, "received messages are invisible")
		assert.Contains(t, slices.Collect(slices.Values(account.Contents()))[0], "dequeued 1")
		wait(7 * 24 * time.Hour)
		p, err := queue.GetProperties(ctx, nil)
		require.NoError(t, err)
		assert.Zero(t, *p.ApproximateMessagesCount, "messages expire after a week")
	})
}

func TestDeleteMessages(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		account, c := openAccount(t, n, storageaccount.Options{})
		ctx, queue := t.Context(), c.queues.NewQueueClient("notes")
		require.NoError(t, account.AddQueue("notes", "first"))
		received, err := queue.DequeueMessage(ctx, nil)
		require.NoError(t, err)
		m := received.Messages[0]
		_, err = queue.DeleteMessage(ctx, *m.MessageID, "wrong", nil)
		assert.True(t, queueerror.HasCode(err, queueerror.PopReceiptMismatch), err)
		_, err = queue.DeleteMessage(ctx, *m.MessageID, *m.PopReceipt, nil)
		require.NoError(t, err)
		_, err = queue.DeleteMessage(ctx, *m.MessageID, *m.PopReceipt, nil)
		assert.True(t, queueerror.HasCode(err, queueerror.MessageNotFound), err)
		_, err = queue.EnqueueMessage(ctx, "delayed", &azqueue.EnqueueMessageOptions{VisibilityTimeout: to.Ptr(int32(60))})
		require.NoError(t, err)
		_, err = queue.ClearMessages(ctx, nil)
		require.NoError(t, err)
		assert.Equal(t, []string{"queue notes"}, account.Contents())
		_, err = queue.PeekMessages(ctx, &azqueue.PeekMessagesOptions{NumberOfMessages: to.Ptr(int32(33))})
		assert.True(t, queueerror.HasCode(err, queueerror.OutOfRangeQueryParameterValue), err)
	})
}
