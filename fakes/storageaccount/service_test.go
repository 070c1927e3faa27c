package storageaccount_test

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
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
	"github.com/cvconform/cvconform/internal/trainingapi/dataset"
)

// resource puts a service over an account on the network, with the harness's
// client for it.
func resource(
	t *testing.T,
	n *storageaccount.Network,
	o storageaccount.ServiceOptions,
) (*storageaccount.Service, *storageaccount.Account, *client.Client) {
	t.Helper()
	a := storageaccount.NewAccount(storageaccount.AccountOptions{Latency: 50 * time.Millisecond})
	require.NoError(t, a.Serve(n))
	o.Storage = a
	s := storageaccount.NewService(o)
	require.NoError(t, s.Serve(n))
	t.Cleanup(func() { assert.NoError(t, s.Close(context.WithoutCancel(t.Context()))) })
	return s, a, &client.Client{
		Endpoint: s.Endpoint(),
		Version:  "v3.3",
		Key:      s.Key(),
		Now:      time.Now,
		HTTP:     client.NewHTTP(client.HTTPOptions{Dial: n.Dial}),
	}
}

// made is the id in an answer that was well.
func made(t *testing.T, x evidence.Exchange) string {
	t.Helper()
	var document struct{ ID string }
	require.NoError(t, trainingapi.Decode(x, &document))
	return document.ID
}

// filled makes a project that can be trained.
func filled(t *testing.T, c *client.Client, p client.NewProject) string {
	t.Helper()
	id := made(t, c.CreateProject(t.Context(), p))
	var all []trainingapi.Image
	for tag, name := range []string{"rings", "stripes"} {
		tagID := made(t, c.CreateTag(t.Context(), id, name))
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

func TestServiceWorksAtACloudsPace(t *testing.T) {
	inBubble(t, func(t *testing.T, n *storageaccount.Network) {
		s, a, c := resource(t, n, storageaccount.ServiceOptions{Latency: 200 * time.Millisecond})
		ctx := t.Context()
		require.NoError(t, a.AddQueue("notes", "of somebody else"))
		require.NoError(t, a.AddContainer("models", "x", nil))
		began := time.Now()
		id := filled(t, c, client.NewProject{Name: "p", DomainID: "0732100f-1a38-4e49-a514-c9b44c697ab5",
			QueueURI: "http://" + a.QueueHost() + "/notes", ContainerURI: "http://" + a.BlobHost() + "/models"})
		iteration := made(t, c.TrainProject(ctx, id, false))
		assert.Equal(
			t,
			5*200*time.Millisecond+3*50*time.Millisecond,
			time.Since(began),
			"five calls, and the connection check",
		)
		after(12*time.Minute + 50*time.Millisecond)
		require.True(t, trainingapi.Succeeded(c.ExportIteration(ctx, id, iteration, "ONNX")))
		after(90*time.Second + 100*time.Millisecond)
		var exports []trainingapi.Export
		require.NoError(t, trainingapi.Decode(c.GetExports(ctx, id, iteration), &exports))
		require.Len(t, exports, 1)
		assert.True(t, strings.HasPrefix(exports[0].DownloadURI, s.Endpoint()+"/"), exports[0].DownloadURI)
		answer, err := c.HTTP.Get(exports[0].DownloadURI)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		assert.Equal(t, 200, answer.StatusCode)

		assert.Equal(
			t,
			storageaccount.Counts{Projects: 1, Trainings: 1, Exports: 1, Images: 10, MostProjects: 1, MaxCallsPerSecond: 5,
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
		assert.Equal(t, 7, s.Counts().Asked())
		var did []string
		for _, w := range a.Written() {
			did = append(did, w.Operation)
		}
		assert.Equal(t, []string{"PutBlob", "DeleteBlob", "SendMessage", "SendMessage", "PutBlob", "SendMessage"}, did)
	})
}

// ask makes one call, without the patience of the harness.
func ask(
	t *testing.T,
	s *storageaccount.Service,
	c *client.Client,
	method, path string,
) (answer *http.Response, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.Endpoint()+"/customvision/v3.3/Training"+path, nil)
	require.NoError(t, err)
	r.Header.Set("Training-Key", s.Key())
	answer, err = c.HTTP.Do(r)
	require.NoError(t, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer, string(text)
}

func TestServiceKeepsItsRates(t *testing.T) {
	for tier, limit := range map[storageaccount.Tier]struct{ train, calls int }{storageaccount.F0: {2, 10}, storageaccount.S0: {10, 10}} {
		t.Run(string(tier), func(t *testing.T) {
			inBubble(t, func(t *testing.T, n *storageaccount.Network) {
				s, _, c := resource(t, n, storageaccount.ServiceOptions{Tier: tier})
				id := made(t, c.CreateProject(t.Context(), client.NewProject{Name: "p"}))
				after(time.Second)
				for i := range limit.calls + 3 {
					answer, _ := ask(t, s, c, http.MethodGet, "/projects")
					assert.Equal(t, i >= limit.calls, answer.StatusCode == 429)
				}
				for i := range limit.train + 2 {
					answer, _ := ask(t, s, c, http.MethodPost, "/projects/"+id+"/train")
					assert.Equal(t, i >= limit.train, answer.StatusCode == 429, "trainings are counted apart")
				}
				answer, body := ask(t, s, c, http.MethodGet, "/projects")
				assert.Equal(t, "1", answer.Header.Get("Retry-After"))
				assert.JSONEq(
					t,
					`{"error": {"code": "429", "message": "Requests to the GetProjects Operation under Custom_Vision_Training_3.3 have exceeded `+
						`rate limit of your current Custom_Vision.Training `+string(
						tier,
					)+` pricing tier. Please retry after 1 second."}}`,
					body,
				)
				after(time.Second)
				answer, _ = ask(t, s, c, http.MethodGet, "/projects")
				assert.Equal(t, 200, answer.StatusCode)
				assert.Equal(t, 6, s.Counts().Refused)
				assert.Equal(t, limit.calls+limit.train, s.Counts().MaxCallsPerSecond)
			})
		})
	}
}

func TestServiceHasRoomForSoManyProjects(t *testing.T) {
	for tier, room := range map[storageaccount.Tier]int{storageaccount.F0: 2, storageaccount.S0: 100} {
		t.Run(string(tier), func(t *testing.T) {
			inBubble(t, func(t *testing.T, n *storageaccount.Network) {
				s, _, c := resource(t, n, storageaccount.ServiceOptions{Tier: tier})
				require.NoError(t, s.SeedProjects(t.Context(), "foreign"))
				create := func(name string) evidence.Exchange {
					after(time.Second)
					return c.CreateProject(t.Context(), client.NewProject{Name: name})
				}
				for range room - 2 {
					require.Equal(t, 200, create(time.Now().String()).Status)
				}
				answers := make([]evidence.Exchange, 2)
				var both sync.WaitGroup
				for i, name := range []string{"x", "y"} {
					both.Go(func() { answers[i] = create(name) })
				}
				both.Wait()
				assert.ElementsMatch(t, []int{200, 400}, []int{answers[0].Status, answers[1].Status})
				full := create("z")
				assert.Contains(t, full.Body, `"code":"BadRequestExceedProjectLimit"`)
				assert.Equal(t, room, s.Counts().MostProjects)
				for _, x := range answers {
					if x.Status == 200 {
						c.DeleteProject(t.Context(), made(t, x))
					}
				}
				assert.Equal(t, 200, create("z").Status)
			})
		})
	}
}

func TestServiceRefusesForAWhile(t *testing.T) {
	inBubble(t, func(t *testing.T, n *storageaccount.Network) {
		s, _, c := resource(t, n, storageaccount.ServiceOptions{})
		s.Refuse(10*time.Second, 503)
		answer, _ := ask(t, s, c, http.MethodGet, "/domains")
		assert.Equal(t, 503, answer.StatusCode)
		assert.Equal(t, "1", answer.Header.Get("Retry-After"))
		after(10 * time.Second)
		answer, _ = ask(t, s, c, http.MethodGet, "/domains")
		assert.Equal(t, 200, answer.StatusCode)
		assert.Equal(t, map[string]int{"GetDomains": 2}, s.Counts().Calls)
	})
}

func TestContentsShowEveryChange(t *testing.T) {
	inBubble(t, func(t *testing.T, n *storageaccount.Network) {
		s, _, c := resource(t, n, storageaccount.ServiceOptions{})
		require.NoError(t, s.SeedProjects(t.Context(), "one", "two"))
		before := s.Contents()
		assert.Len(t, before, 2*(1+2+10+1+1), "a project with two tags, ten images, an iteration and an export each")
		assert.Equal(t, before, s.Contents())
		assert.Empty(t, s.Counts().Calls)
		after(time.Hour)
		assert.Equal(t, before, s.Contents(), "time alone changes nothing")
		var projects []struct{ ID string }
		require.NoError(t, json.Unmarshal([]byte(c.GetProjects(t.Context()).Body), &projects))
		require.Equal(
			t,
			200,
			c.UpdateProject(t.Context(), projects[0].ID, map[string]any{"name": "one", "description": "other"}).Status,
		)
		assert.Len(t, s.Contents(), len(before))
		assert.NotEqual(t, before, s.Contents())
		made(t, c.CreateTag(t.Context(), projects[0].ID, "third"))
		assert.Len(t, s.Contents(), len(before)+1)
		c.DeleteProject(t.Context(), projects[1].ID)
		assert.Len(t, s.Contents(), len(before)+1-15)
	})
}
