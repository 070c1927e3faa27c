package customvisiontest

import (
	"context"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
	"github.com/cvconform/cvconform/fakes/customvision/fault"
	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// A World is a fake service with its storage, for one test. Its functions may be called concurrently.
type World struct {
	// URL is the endpoint of the service: scheme, host and port. Key is its training key.
	URL, Key string
	// ControlURL is the address of the control plane; see package control.
	ControlURL string
	// ConnectionString is that of the storage account. Queue and Container are the names of the queue and of the
	// container that [World.Project] connects projects to.
	ConnectionString, Queue, Container string
	// Fake is the service itself.
	Fake *customvision.Server

	calls                  *client.Client
	queue                  *azqueue.QueueClient
	queueURI, containerURI string
}

// Start starts a fake service for a test, with a queue and a container of its own, and stops it when the test and its
// subtests end. If o has no Storage, it is that of the world.
//
// All worlds of a test binary share one Azurite. It is a container, which the reaper of testcontainers removes after
// the binary has ended, or else a process, which ends with the binary. If the reaper is disabled, it is a process. If
// no Azurite can be started, the test fails.
func Start(t testing.TB, o customvision.Options) *World {
	t.Helper()
	storage, err := sharedAzurite()
	if err != nil {
		t.Fatalf("start Azurite: %v", err)
	}
	w := &World{ConnectionString: storage.ConnectionString()}
	w.createStorage(t, naming.RunID(clock.New()(), rand.Uint32()))
	if o.Storage == nil {
		o.Storage, err = azurestorage.New(azurestorage.Options{ConnectionString: w.ConnectionString})
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Fake = customvision.New(o)
	api, control := httptest.NewServer(w.Fake), httptest.NewServer(w.Fake.Control())
	t.Cleanup(func() {
		api.Close()
		control.Close()
		_ = w.Fake.Close(context.WithoutCancel(t.Context())) // reports only a context that ended
	})
	w.URL, w.Key, w.ControlURL = api.URL, w.Fake.TrainingKey(), control.URL
	w.calls = &client.Client{
		Endpoint: w.URL, Version: "v3.3", Key: w.Key, HTTP: client.NewHTTP(client.HTTPOptions{}), Now: clock.New(),
	}
	return w
}

// sharedAzurite starts the Azurite of this test binary, once.
var sharedAzurite = sync.OnceValues(func() (*azurite.Instance, error) {
	o := azurite.Options{Kind: azurite.Auto, RunID: naming.RunID(clock.New()(), rand.Uint32())}
	if disabled, _ := strconv.ParseBool(os.Getenv("TESTCONTAINERS_RYUK_DISABLED")); disabled {
		o.Kind = azurite.Process
	}
	return azurite.Start(context.Background(), o)
})

// createStorage creates the queue and the container.
func (w *World) createStorage(t testing.TB, id string) {
	t.Helper()
	w.Queue, w.Container = naming.Queue(id, 1, 1), naming.Container(id, 1, 1)
	queues, err := azqueue.NewServiceClientFromConnectionString(w.ConnectionString, nil)
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := azblob.NewClientFromConnectionString(w.ConnectionString, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.queue = queues.NewQueueClient(w.Queue)
	w.queueURI, w.containerURI = w.queue.URL(), blobs.ServiceClient().NewContainerClient(w.Container).URL()
	if _, err := w.queue.Create(t.Context(), nil); err != nil {
		t.Fatalf("create the queue: %v", err)
	}
	if _, err := blobs.CreateContainer(t.Context(), w.Container, nil); err != nil {
		t.Fatalf("create the container: %v", err)
	}
	t.Cleanup(func() { // other tests of the binary use the same account
		ctx := context.WithoutCancel(t.Context())
		_, queueErr := w.queue.Delete(ctx, nil)
		_, containerErr := blobs.DeleteContainer(ctx, w.Container, nil)
		if queueErr != nil || containerErr != nil {
			t.Logf("delete the queue and the container: %v, %v", queueErr, containerErr)
		}
	})
}

// FailNextTraining lets the next training of any project fail.
func (w *World) FailNextTraining() { w.fail(fault.Fault{At: fault.Training}) }

// FailNextExport lets the next export of any project fail.
func (w *World) FailNextExport() { w.fail(fault.Fault{At: fault.Export}) }

func (w *World) fail(f fault.Fault) { _, _ = w.Fake.Faults().Add(f) } // refuses only invalid faults

// Advance moves the clock of the service forward, and returns when all work that becomes due has ended, with its
// messages and backups.
func (w *World) Advance(t testing.TB, d time.Duration) {
	t.Helper()
	if err := w.Fake.Advance(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}
