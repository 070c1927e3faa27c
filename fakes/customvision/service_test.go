package customvision_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

const (
	queueURI     = "http://127.0.0.1:10001/devstoreaccount1/notes"
	containerURI = "http://127.0.0.1:10000/devstoreaccount1/models"
	compactID    = "0732100f-1a38-4e49-a514-c9b44c697ab5"
	detectionID  = "a27d5ca5-bb19-49d8-a70a-fec086c47f5b"
	unknownID    = "00000000-0000-0000-0000-000000000001"
)

// memoryStorage is a Storage whose queues and containers exist once they are added.
type memoryStorage struct {
	mu         sync.Mutex
	queues     map[string]chan string
	containers map[string]map[string][]byte
	journal    []string
	before     func(operation string) // nil means nothing; called without the lock
}

func newMemory() *memoryStorage {
	m := &memoryStorage{queues: map[string]chan string{}, containers: map[string]map[string][]byte{}}
	m.add(queueURI, containerURI)
	return m
}

func (m *memoryStorage) add(queue, container string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queues[queue] = make(chan string, 100)
	m.containers[container] = map[string][]byte{}
}

func (m *memoryStorage) note(operation string) {
	if m.before != nil {
		m.before(operation)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.journal = append(m.journal, operation)
}

func (m *memoryStorage) PutBlob(_ context.Context, container, name string, data []byte) error {
	m.note("put " + name)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.containers[container] == nil {
		return errors.New("storage answered 404 ContainerNotFound")
	}
	m.containers[container][name] = data
	return nil
}

func (m *memoryStorage) DeleteBlob(_ context.Context, container, name string) error {
	m.note("delete " + name)
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.containers[container], name)
	return nil
}

func (m *memoryStorage) SendMessage(_ context.Context, queue, text string) error {
	m.note("send " + text)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.queues[queue] == nil {
		return errors.New("storage answered 404 QueueNotFound")
	}
	m.queues[queue] <- text
	return nil
}

func (m *memoryStorage) queue(uri string) chan string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.queues[uri]
}

func (m *memoryStorage) operations() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string{}, m.journal...)
}

func (m *memoryStorage) blobs(container string) map[string][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	blobs := map[string][]byte{}
	for name, data := range m.containers[container] {
		blobs[name] = data
	}
	return blobs
}

// service is a server, and a caller of it.
type service struct {
	*testing.T
	server  *customvision.Server
	storage *memoryStorage
	client  *http.Client
	origin  string
	version string
	key     string
}

// direct calls a handler with no network in between, so that it works in a
// bubble of synctest.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	d.handler.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

func newService(t *testing.T, options customvision.Options) *service {
	storage := newMemory()
	if options.Storage == nil {
		options.Storage = storage
	}
	server := customvision.New(options)
	t.Cleanup(func() { require.NoError(t, server.Close(context.WithoutCancel(t.Context()))) })
	return &service{T: t, server: server, storage: storage, key: server.TrainingKey(), version: "v3.3",
		client: &http.Client{Transport: direct{server}}, origin: "http://vision.test"}
}

// inBubble runs a test in which time passes only while nothing else happens.
func inBubble(t *testing.T, options customvision.Options, f func(*service)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(newService(t, options)) })
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// call sends body as JSON, unless it is nil or an io.Reader.
func (s *service) call(method, path string, body any) answer {
	s.Helper()
	request, err := http.NewRequestWithContext(
		s.Context(),
		method,
		s.origin+"/customvision/"+s.version+"/Training"+path,
		reader(body),
	)
	require.NoError(s, err)
	if s.key != "" {
		request.Header.Set("Training-Key", s.key)
	}
	return s.do(request)
}

func reader(body any) io.Reader {
	switch b := body.(type) {
	case nil:
		return http.NoBody
	case io.Reader:
		return b
	}
	data, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return bytes.NewReader(data)
}

func (s *service) do(request *http.Request) answer {
	s.Helper()
	response, err := s.client.Do(request)
	require.NoError(s, err)
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	require.NoError(s, err)
	a := answer{response.StatusCode, response.Header, data}
	asDescribed(s.T, request, a)
	return a
}

func (s *service) get(uri string) answer {
	s.Helper()
	request, err := http.NewRequestWithContext(s.Context(), "GET", uri, nil)
	require.NoError(s, err)
	return s.do(request)
}

// object is a JSON object of an answer.
type object map[string]any

func (o object) id() string       { return o["id"].(string) }
func (o object) settings() object { return o["settings"].(map[string]any) }

// must wants a 200 and its JSON.
func must[T any](s *service, a answer) T {
	s.Helper()
	require.Equal(s, http.StatusOK, a.status, "%s", a.body)
	return decode[T](s, a.body)
}

func decode[T any](s *service, data []byte) T {
	s.Helper()
	var value T
	require.NoError(s, json.Unmarshal(data, &value), "%s", data)
	return value
}

// refused wants an error of the service.
func (s *service) refused(a answer, status int, code string) string {
	s.Helper()
	require.Equal(s, status, a.status, "%s", a.body)
	problem := decode[map[string]string](s, a.body)
	require.Equal(s, code, problem["code"], "%s", a.body)
	require.NotEmpty(s, problem["message"])
	return problem["message"]
}

// create makes a project on the compact domain; queue and container may be "".
func (s *service) create(name, queue, container string) object {
	s.Helper()
	query := url.Values{"name": {name}, "domainId": {compactID}}
	if queue != "" {
		query.Set("notificationQueueUri", queue)
	}
	if container != "" {
		query.Set("exportModelContainerUri", container)
	}
	return must[object](s, s.call("POST", "/projects?"+query.Encode(), nil))
}

// fill gives a project tags with five images each.
func (s *service) fill(project string, tags ...string) {
	s.Helper()
	for n, name := range tags {
		tag := must[object](s, s.call("POST", "/projects/"+project+"/tags?name="+name, nil))
		s.upload(project, tag.id(), n*5, 5)
	}
}

func (s *service) upload(project, tag string, first, count int) {
	s.Helper()
	images := []object{}
	for n := first; n < first+count; n++ {
		images = append(
			images,
			object{"name": fmt.Sprint(n), "contents": base64.StdEncoding.EncodeToString(picture(n)), "tagIds": []string{tag}},
		)
	}
	must[object](s, s.call("POST", "/projects/"+project+"/images/files", object{"images": images}))
}

// picture is a small PNG, another one for each n.
func picture(n int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 4, 3))
	img.Set(0, 0, color.RGBA{R: uint8(n), G: uint8(n >> 8), A: 255})
	var buffer bytes.Buffer
	if err := png.Encode(&buffer, img); err != nil {
		panic(err)
	}
	return buffer.Bytes()
}

func (s *service) train(project string) string {
	s.Helper()
	return must[object](s, s.call("POST", "/projects/"+project+"/train", nil)).id()
}

func (s *service) iteration(project, iteration string) object {
	s.Helper()
	return must[object](s, s.call("GET", "/projects/"+project+"/iterations/"+iteration, nil))
}

func exportPath(project, iteration string) string {
	return "/projects/" + project + "/iterations/" + iteration + "/export"
}

func (s *service) exports(project, iteration string) []object {
	s.Helper()
	return must[[]object](s, s.call("GET", exportPath(project, iteration), nil))
}

// message waits for the next message of a queue.
func (s *service) message(queue string) string {
	s.Helper()
	select {
	case text := <-s.storage.queue(queue):
		return text
	case <-time.After(time.Minute):
		require.FailNow(s, "no message came")
		return ""
	}
}

// settle lets a minute pass, in a bubble, so that all work is done.
func (s *service) settle() {
	<-time.After(time.Minute)
	synctest.Wait()
}

// trained makes a project and trains it, in a bubble.
func (s *service) trained(name, queue, container string) (project, iteration string) {
	s.Helper()
	project = s.create(name, queue, container).id()
	s.fill(project, "cat", "dog")
	iteration = s.train(project)
	s.settle()
	s.drain(queue)
	return project, iteration
}

func (s *service) drain(queue string) {
	for queue != "" && len(s.storage.queue(queue)) > 0 {
		<-s.storage.queue(queue)
	}
}
