package cloud_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/storageaccount"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/testkit/cloud"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
	"github.com/cvconform/cvconform/internal/trainingapi/dataset"
)

// startService serves a service and its storage account on the network, and returns the harness's client for it.
func startService(
	t *testing.T,
	n *cloud.Network,
	o cloud.ServiceOptions,
) (*cloud.Service, *storageaccount.Account, *client.Client) {
	t.Helper()
	a := storageaccount.New(storageaccount.Options{Latency: 50 * time.Millisecond})
	require.NoError(t, n.Serve(a.BlobHost(), a.BlobHandler()))
	require.NoError(t, n.Serve(a.QueueHost(), a.QueueHandler()))
	o.Storage = a
	s := cloud.NewService(o)
	require.NoError(t, n.Serve(s.Host(), s))
	t.Cleanup(func() { assert.NoError(t, s.Close(context.WithoutCancel(t.Context()))) })
	return s, a, &client.Client{
		Endpoint: s.Endpoint(),
		Version:  "v3.3",
		Key:      s.Key(),
		Now:      time.Now,
		HTTP:     client.NewHTTP(client.HTTPOptions{Dial: n.Dial}),
	}
}

// idOf returns the id in a successful response.
func idOf(t *testing.T, x evidence.Exchange) string {
	t.Helper()
	var document struct{ ID string }
	require.NoError(t, trainingapi.Decode(x, &document))
	return document.ID
}

// createTrainableProject creates a project with tagged images.
func createTrainableProject(t *testing.T, c *client.Client, p client.NewProject) string {
	t.Helper()
	id := idOf(t, c.CreateProject(t.Context(), p))
	var all []trainingapi.Image
	for tag, name := range []string{"rings", "stripes"} {
		tagID := idOf(t, c.CreateTag(t.Context(), id, name))
		images, err := dataset.Images(tag)
		require.NoError(t, err)
		for _, im := range images {
			im.TagID = tagID
			all = append(all, im)
		}
	}
	x := c.CreateImagesFromFiles(t.Context(), id, all)
	require.True(t, trainingapi.Succeeded(x), x)
	return id
}

func TestServiceHasDurationsAndCountsUsage(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		s, a, c := startService(t, n, cloud.ServiceOptions{Latency: 200 * time.Millisecond})
		ctx := t.Context()
		require.NoError(t, a.AddQueue("notes", "of another user"))
		require.NoError(t, a.AddContainer("models", "x", nil))
		start := time.Now()
		id := createTrainableProject(t, c, client.NewProject{Name: "p", DomainID: "0732100f-1a38-4e49-a514-c9b44c697ab5",
			QueueURI: "http://" + a.QueueHost() + "/notes", ContainerURI: "http://" + a.BlobHost() + "/models"})
		iteration := idOf(t, c.TrainProject(ctx, id, false))
		assert.Equal(
			t,
			5*200*time.Millisecond+3*50*time.Millisecond,
			time.Since(start),
			"five requests, and the three storage operations of the connection check",
		)
		wait(12*time.Minute + 50*time.Millisecond)
		require.True(t, trainingapi.Succeeded(c.ExportIteration(ctx, id, iteration, "ONNX")))
		wait(90*time.Second + 100*time.Millisecond)
		var exports []trainingapi.Export
		require.NoError(t, trainingapi.Decode(c.GetExports(ctx, id, iteration), &exports))
		require.Len(t, exports, 1)
		assert.True(t, strings.HasPrefix(exports[0].DownloadURI, s.Endpoint()+"/"), exports[0].DownloadURI)
		response, err := c.HTTP.Get(exports[0].DownloadURI)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, 200, response.StatusCode)

		assert.Equal(
			t,
			cloud.Counts{Projects: 1, Trainings: 1, Exports: 1, Images: 10, MaxProjects: 1, MaxCallsPerSecond: 5,
				Calls: map[string]int{
					"CreateProject":         1,
					"CreateTag":             2,
					"CreateImagesFromFiles": 1,
					"TrainProject":          1,
					"ExportIteration":       1,
					"GetExports":            1,
				}},
			s.Counts(),
		)
		assert.Equal(t, 7, s.Counts().TotalCalls())
		var operations []string
		for _, w := range a.Writes() {
			operations = append(operations, w.Operation)
		}
		assert.Equal(t, []string{"PutBlob", "DeleteBlob", "SendMessage", "SendMessage", "PutBlob", "SendMessage"}, operations)
	})
}

// send sends one request without retries.
func send(
	t *testing.T,
	s *cloud.Service,
	c *client.Client,
	method, path string,
) (response *http.Response, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.Endpoint()+"/customvision/v3.3/Training"+path, nil)
	require.NoError(t, err)
	r.Header.Set("Training-Key", s.Key())
	response, err = c.HTTP.Do(r)
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response, string(text)
}

func TestServiceLimitsRates(t *testing.T) {
	for tier, limit := range map[cloud.Tier]struct{ train, calls int }{cloud.F0: {2, 10}, cloud.S0: {10, 10}} {
		t.Run(string(tier), func(t *testing.T) {
			runInBubble(t, func(t *testing.T, n *cloud.Network) {
				s, _, c := startService(t, n, cloud.ServiceOptions{Tier: tier})
				id := idOf(t, c.CreateProject(t.Context(), client.NewProject{Name: "p"}))
				wait(time.Second)
				for i := range limit.calls + 3 {
					response, _ := send(t, s, c, http.MethodGet, "/projects")
					assert.Equal(t, i >= limit.calls, response.StatusCode == 429)
				}
				for i := range limit.train + 2 {
					response, _ := send(t, s, c, http.MethodPost, "/projects/"+id+"/train")
					assert.Equal(t, i >= limit.train, response.StatusCode == 429, "trainings have a limit of their own")
				}
				response, body := send(t, s, c, http.MethodGet, "/projects")
				assert.Equal(t, "1", response.Header.Get("Retry-After"))
				assert.JSONEq(t, `{"error": {"code": "429", "message": "Requests to the GetProjects Operation under `+
					`Custom_Vision_Training_3.3 have exceeded rate limit of your current Custom_Vision.Training `+string(tier)+
					` pricing tier. Please retry after 1 second."}}`, body)
				wait(time.Second)
				response, _ = send(t, s, c, http.MethodGet, "/projects")
				assert.Equal(t, 200, response.StatusCode)
				assert.Equal(t, 6, s.Counts().Refused)
				assert.Equal(t, limit.calls+limit.train, s.Counts().MaxCallsPerSecond)
			})
		})
	}
}

func TestServiceLimitsProjects(t *testing.T) {
	for tier, capacity := range map[cloud.Tier]int{cloud.F0: 2, cloud.S0: 100} {
		t.Run(string(tier), func(t *testing.T) {
			runInBubble(t, func(t *testing.T, n *cloud.Network) {
				s, _, c := startService(t, n, cloud.ServiceOptions{Tier: tier})
				require.NoError(t, s.SeedProjects(t.Context(), "foreign"))
				create := func(name string) evidence.Exchange {
					wait(time.Second)
					return c.CreateProject(t.Context(), client.NewProject{Name: name})
				}
				for range capacity - 2 {
					require.Equal(t, 200, create(time.Now().String()).Status)
				}
				responses := make([]evidence.Exchange, 2)
				var both sync.WaitGroup
				for i, name := range []string{"x", "y"} {
					both.Go(func() { responses[i] = create(name) })
				}
				both.Wait()
				assert.ElementsMatch(t, []int{200, 400}, []int{responses[0].Status, responses[1].Status})
				full := create("z")
				assert.Contains(t, full.Body, `"code":"BadRequestExceedProjectLimit"`)
				assert.Equal(t, capacity, s.Counts().MaxProjects)
				for _, x := range responses {
					if x.Status == 200 {
						c.DeleteProject(t.Context(), idOf(t, x))
					}
				}
				assert.Equal(t, 200, create("z").Status)
			})
		})
	}
}

func TestRefuse(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		s, _, c := startService(t, n, cloud.ServiceOptions{})
		s.Refuse(10*time.Second, 503)
		response, _ := send(t, s, c, http.MethodGet, "/domains")
		assert.Equal(t, 503, response.StatusCode)
		assert.Equal(t, "1", response.Header.Get("Retry-After"))
		wait(10 * time.Second)
		response, _ = send(t, s, c, http.MethodGet, "/domains")
		assert.Equal(t, 200, response.StatusCode)
		assert.Equal(t, map[string]int{"GetDomains": 2}, s.Counts().Calls)
	})
}

func TestContentsChangeWithTheService(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		s, _, c := startService(t, n, cloud.ServiceOptions{})
		require.NoError(t, s.SeedProjects(t.Context(), "one", "two"))
		before := s.Contents()
		assert.Len(t, before, 2*(1+2+10+1+1), "a project with two tags, ten images, an iteration and an export each")
		assert.Equal(t, before, s.Contents())
		assert.Empty(t, s.Counts().Calls)
		wait(time.Hour)
		assert.Equal(t, before, s.Contents(), "the passage of time changes nothing")
		var projects []struct{ ID, Name string }
		require.NoError(t, json.Unmarshal([]byte(c.GetProjects(t.Context()).Body), &projects))
		changes := map[string]any{"name": projects[0].Name, "description": "other"}
		require.Equal(t, 200, c.UpdateProject(t.Context(), projects[0].ID, changes).Status)
		assert.Len(t, s.Contents(), len(before))
		assert.NotEqual(t, before, s.Contents())
		idOf(t, c.CreateTag(t.Context(), projects[0].ID, "third"))
		assert.Len(t, s.Contents(), len(before)+1)
		c.DeleteProject(t.Context(), projects[1].ID)
		assert.Len(t, s.Contents(), len(before)+1-15)
	})
}
