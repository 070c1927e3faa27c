package target_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/testkit"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
	"github.com/cvconform/cvconform/internal/trainingapi/dataset"
)

// concurrentClients use one fake, each with a project, a queue and a container of its own.
const concurrentClients = 64

// TestConcurrentClients checks that no message and no backup is lost under load. Each client makes one round, or as
// many as start within CVCONFORM_LOAD (a duration such as 1m).
func TestConcurrentClients(t *testing.T) {
	testkit.Integration(t)
	t.Parallel()
	until := time.Now()
	if text := os.Getenv("CVCONFORM_LOAD"); text != "" {
		duration, err := time.ParseDuration(text)
		require.NoError(t, err)
		until = until.Add(duration)
	}
	l := newLoad(t)
	var group sync.WaitGroup
	var rounds atomic.Int64
	for n := range concurrentClients {
		group.Go(func() {
			for round := 0; round == 0 || time.Now().Before(until) && !t.Failed(); round++ {
				l.round(fmt.Sprintf("load-%d-%d", n, round))
				rounds.Add(1)
			}
		})
	}
	group.Wait()
	t.Logf("%d rounds by %d clients", rounds.Load(), concurrentClients)
}

// A load is a fake with its storage, and a client of it.
type load struct {
	*testing.T
	client  *client.Client
	account *storage.Account
}

func newLoad(t *testing.T) load {
	t.Helper()
	store, err := azurite.Start(t.Context(), azurite.Options{Kind: azurite.Process})
	if _, missing := errors.AsType[*azurite.UnavailableError](err); missing {
		t.Skipf("needs Azurite as a process (Node.js): %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, store.Stop(context.WithoutCancel(t.Context()))) })
	account, err := storage.Open(store.ConnectionString(), storage.Options{})
	require.NoError(t, err)
	fake, err := target.Start(
		t.Context(),
		target.Spec{Kind: target.Fake},
		target.Environment{ConnectionString: store.ConnectionString()},
	)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, fake.Stop(context.WithoutCancel(t.Context()))) })
	client := &client.Client{
		Endpoint: fake.Endpoint,
		Version:  "v3.3",
		Key:      fake.TrainingKey,
		HTTP:     client.NewHTTP(client.HTTPOptions{}),
		Now:      time.Now,
		Timeout:  time.Minute,
	}
	return load{t, client, account}
}

// round creates, trains and exports a project, and deletes it with its storage. An error fails the test and ends the
// round.
func (l load) round(name string) {
	ctx := l.Context()
	if !assert.NoError(l, l.account.CreateQueue(ctx, name)) || !assert.NoError(l, l.account.CreateContainer(ctx, name)) {
		return
	}
	defer func() {
		assert.NoError(l, l.account.DeleteQueue(ctx, name))
		assert.NoError(l, l.account.DeleteContainer(ctx, name))
	}()
	if err := l.walk(ctx, name); err != nil {
		l.Errorf("%s: %v", name, err)
	}
}

func (l load) walk(ctx context.Context, name string) error {
	var project trainingapi.Project
	created := l.client.CreateProject(ctx, client.NewProject{Name: name, DomainID: "0732100f-1a38-4e49-a514-c9b44c697ab5",
		QueueURI: l.account.QueueURI(nil, name), ContainerURI: l.account.ContainerURI(nil, name)})
	if err := trainingapi.Decode(created, &project); err != nil {
		return err
	}
	if err := l.fill(ctx, project.ID); err != nil {
		return err
	}
	var iteration trainingapi.Iteration
	if err := trainingapi.Decode(l.client.TrainProject(ctx, project.ID, false), &iteration); err != nil {
		return err
	}
	if _, err := l.messages(ctx, name, 2); err != nil {
		return err
	}
	var started trainingapi.Export
	if err := trainingapi.Decode(l.client.ExportIteration(ctx, project.ID, iteration.ID, "ONNX"), &started); err != nil {
		return err
	}
	messages, err := l.messages(ctx, name, 3)
	if err != nil {
		return err
	}
	l.check(
		strings.Join(messages, " "),
		"ConnectionTest",
		"TrainingCompleted",
		"ExportCompleted",
		project.ID,
		iteration.ID,
	)
	return l.compare(ctx, name, project.ID, iteration.ID)
}

func (l load) check(text string, parts ...string) {
	for _, part := range parts {
		assert.Contains(l, text, part)
	}
}

func (l load) fill(ctx context.Context, project string) error {
	for n := range dataset.Tags {
		var tag struct {
			ID string `json:"id"`
		}
		if err := trainingapi.Decode(l.client.CreateTag(ctx, project, fmt.Sprintf("tag%d", n)), &tag); err != nil {
			return err
		}
		images, err := dataset.Images(n)
		if err != nil {
			return err
		}
		for i := range images {
			images[i].TagID = tag.ID
		}
		var summary struct {
			IsBatchSuccessful bool `json:"isBatchSuccessful"`
		}
		if err := trainingapi.Decode(l.client.CreateImagesFromFiles(ctx, project, images), &summary); err != nil {
			return err
		}
		assert.True(l, summary.IsBatchSuccessful)
	}
	return nil
}

// messages waits for that many messages. More of them fail the test.
func (l load) messages(ctx context.Context, queue string, want int) ([]string, error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		got := []string{}
		page, err := l.account.Messages(ctx, queue)
		if err != nil {
			return nil, err
		}
		for _, m := range page {
			got = append(got, m.Text)
		}
		if len(got) >= want {
			assert.Len(l, got, want, "%s", got)
			return got, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("received %d of %d messages: %w", len(got), want, ctx.Err())
		}
	}
}

// compare compares the backup with the model behind downloadUri.
func (l load) compare(ctx context.Context, container, project, iteration string) error {
	var exports []trainingapi.Export
	if err := trainingapi.Decode(l.client.GetExports(ctx, project, iteration), &exports); err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, exports[0].DownloadURI, nil)
	if err != nil {
		return err
	}
	response, err := l.client.HTTP.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	model := sha256.New()
	if _, err := io.Copy(model, response.Body); err != nil {
		return err
	}
	blobs, err := l.account.Blobs(ctx, container)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, b := range blobs {
		names[b.Name] = b.SHA256
	}
	want := map[string]string{project + " - " + iteration + ".ONNX": hex.EncodeToString(model.Sum(nil))}
	if got, err := json.Marshal(names); err != nil || !assert.Equal(l, want, names) {
		return fmt.Errorf("the container has %s", got)
	}
	deleted := l.client.DeleteProject(ctx, project)
	assert.Equal(l, http.StatusNoContent, deleted.Status)
	return nil
}
