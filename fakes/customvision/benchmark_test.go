package customvision_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// discardStorage accepts and discards everything.
type discardStorage struct{}

func (discardStorage) PutBlob(context.Context, string, string, []byte) error { return nil }
func (discardStorage) DeleteBlob(context.Context, string, string) error      { return nil }
func (discardStorage) SendMessage(context.Context, string, string) error     { return nil }

// manyProjects is a server with many projects, and the path of one in the middle of their order.
type manyProjects struct {
	server *customvision.Server
	middle string
	bytes  float64 // memory per project
}

func newManyProjects(b *testing.B, projects int) manyProjects {
	b.Helper()
	before := heap(b)
	c := manyProjects{server: customvision.New(customvision.Options{Storage: discardStorage{}})}
	for n := range projects {
		created := c.call(
			b,
			"POST",
			fmt.Sprintf(
				"/projects?name=project-%d&notificationQueueUri=%s&exportModelContainerUri=%s",
				n,
				queueURI,
				containerURI,
			),
			"",
		)
		if n == projects/2 {
			c.middle = "/projects/" + created[len(`{"id":"`):][:36]
		}
	}
	c.server.Journal().Clear()
	c.bytes = (heap(b) - before) / float64(projects)
	return c
}

// heap returns the allocated memory in bytes.
func heap(b *testing.B) float64 {
	b.Helper()
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc)
}

func (c manyProjects) call(b *testing.B, method, path, body string) string {
	r := httptest.NewRequest(method, "/customvision/v3.3/training"+path, strings.NewReader(body))
	r.Header.Set("Training-Key", c.server.TrainingKey())
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	c.server.ServeHTTP(w, r)
	data, err := io.ReadAll(w.Body)
	require.NoError(b, err)
	require.Equal(b, http.StatusOK, w.Code, "%s", data)
	return string(data)
}

// BenchmarkManyProjects measures how much longer a request takes on a server with 10,000 projects than with 100. A
// ratio of 1 is constant time, and 100 is linear time. It also reports the memory of a project.
func BenchmarkManyProjects(b *testing.B) {
	const few, many = 100, 10_000
	small, large := newManyProjects(b, few), newManyProjects(b, many)
	for name, call := range map[string]func(c manyProjects, n int){
		"GetProject": func(c manyProjects, _ int) { c.call(b, "GET", c.middle, "") },
		"UpdateProject": func(c manyProjects, n int) {
			c.call(b, "PATCH", c.middle, fmt.Sprintf(`{"name":"renamed-%d"}`, n))
		},
		"GetProjects": func(c manyProjects, _ int) { c.call(b, "GET", "/projects", "") },
	} {
		b.Run(name, func(b *testing.B) {
			elapsed := map[int]time.Duration{}
			for n := 0; b.Loop(); n++ {
				for size, c := range map[int]manyProjects{few: small, many: large} {
					start := time.Now()
					call(c, n)
					elapsed[size] += time.Since(start)
				}
			}
			b.ReportMetric(float64(elapsed[many])/float64(elapsed[few]), "ratio")
			b.ReportMetric(large.bytes, "B/project")
		})
	}
}
