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
	"slices"
	"strings"
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
	before     func(operation string) // called without the lock; may be nil
}

func newMemoryStorage() *memoryStorage {
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

func (m *memoryStorage) record(operation string) {
	if m.before != nil {
		m.before(operation)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.journal = append(m.journal, operation)
}

func (m *memoryStorage) PutBlob(_ context.Context, container, name string, data []byte) error {
	m.record("put " + name)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.containers[container] == nil {
		return errors.New("storage returned 404 ContainerNotFound")
	}
	m.containers[container][name] = data
	return nil
}

func (m *memoryStorage) DeleteBlob(_ context.Context, container, name string) error {
	m.record("delete " + name)
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.containers[container], name)
	return nil
}

func (m *memoryStorage) SendMessage(_ context.Context, queue, text string) error {
	m.record("send " + text)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.queues[queue] == nil {
		return errors.New("storage returned 404 QueueNotFound")
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

// service is a server under test and its client.
type service struct {
	*testing.T
	server  *customvision.Server
	storage *memoryStorage
	client  *http.Client
	origin  string
	version string
	key     string
}

// handlerTransport calls a handler without a network, so that it works in a synctest bubble.
type handlerTransport struct{ handler http.Handler }

func (d handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := r.Header
	r = r.Clone(r.Context())
	r.Header = http.Header{}
	for name, values := range sent { // as a server receives them
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	d.handler.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

func newService(t *testing.T, options customvision.Options) *service {
	storage := newMemoryStorage()
	if options.Storage == nil {
		options.Storage = storage
	}
	server := customvision.New(options)
	t.Cleanup(func() { require.NoError(t, server.Close(context.WithoutCancel(t.Context()))) })
	return &service{T: t, server: server, storage: storage, key: server.TrainingKey(), version: "v3.3",
		client: &http.Client{Transport: handlerTransport{server}}, origin: "http://vision.test"}
}

// inBubble runs f in a synctest bubble, where time advances only when all goroutines are blocked.
func inBubble(t *testing.T, options customvision.Options, f func(*service)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(newService(t, options)) })
}

type response struct {
	status int
	header http.Header
	body   []byte
}

// call sends a request to the Training API. body is sent as JSON unless it is nil or an io.Reader.
func (s *service) call(method, path string, body any) response {
	s.Helper()
	request, err := http.NewRequestWithContext(
		s.Context(),
		method,
		s.origin+"/customvision/"+s.version+"/Training"+path,
		jsonReader(body),
	)
	require.NoError(s, err)
	if s.key != "" {
		request.Header.Set("Training-Key", s.key)
	}
	return s.do(request)
}

func jsonReader(body any) io.Reader {
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

func (s *service) do(request *http.Request) response {
	s.Helper()
	r, err := s.client.Do(request)
	require.NoError(s, err)
	defer r.Body.Close()
	data, err := io.ReadAll(r.Body)
	require.NoError(s, err)
	a := response{r.StatusCode, r.Header, data}
	assertDescribed(s.T, request, a)
	return a
}

func (s *service) get(uri string) response {
	s.Helper()
	request, err := http.NewRequestWithContext(s.Context(), "GET", uri, nil)
	require.NoError(s, err)
	return s.do(request)
}

// object is a JSON object of a response.
type object map[string]any

func (o object) id() string       { return o["id"].(string) }
func (o object) settings() object { return o["settings"].(map[string]any) }

// requireOK requires status 200 and decodes the response.
func requireOK[T any](s *service, a response) T {
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

// requireError requires an error response of the service and returns its message.
func (s *service) requireError(a response, status int, code string) string {
	s.Helper()
	require.Equal(s, status, a.status, "%s", a.body)
	problem := decode[map[string]string](s, a.body)
	require.Equal(s, code, problem["code"], "%s", a.body)
	require.NotEmpty(s, problem["message"])
	return problem["message"]
}

// create creates a project with the compact domain. queue and container may be "".
func (s *service) create(name, queue, container string) object {
	s.Helper()
	query := url.Values{"name": {name}, "domainId": {compactID}}
	if queue != "" {
		query.Set("notificationQueueUri", queue)
	}
	if container != "" {
		query.Set("exportModelContainerUri", container)
	}
	return requireOK[object](s, s.call("POST", "/projects?"+query.Encode(), nil))
}

// addTaggedImages adds tags with five images each to a project.
func (s *service) addTaggedImages(project string, tags ...string) {
	s.Helper()
	for n, name := range tags {
		tag := requireOK[object](s, s.call("POST", "/projects/"+project+"/tags?name="+name, nil))
		s.upload(project, tag.id(), n*5, 5)
	}
}

// tags returns the tags of a project by name. The service lists them by id.
func (s *service) tags(project string) []object {
	s.Helper()
	return s.tagsByName("/projects/" + project + "/tags")
}

func (s *service) tagsByName(path string) []object {
	s.Helper()
	tags := requireOK[[]object](s, s.call("GET", path, nil))
	slices.SortFunc(tags, func(a, b object) int { return strings.Compare(a["name"].(string), b["name"].(string)) })
	return tags
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
	requireOK[object](s, s.call("POST", "/projects/"+project+"/images/files", object{"images": images}))
}

// picture returns a small PNG that differs for each n.
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
	return requireOK[object](s, s.call("POST", "/projects/"+project+"/train", nil)).id()
}

func (s *service) iteration(project, iteration string) object {
	s.Helper()
	return requireOK[object](s, s.call("GET", "/projects/"+project+"/iterations/"+iteration, nil))
}

func exportPath(project, iteration string) string {
	return "/projects/" + project + "/iterations/" + iteration + "/export"
}

func (s *service) exports(project, iteration string) []object {
	s.Helper()
	return requireOK[[]object](s, s.call("GET", exportPath(project, iteration), nil))
}

// nextMessage waits for the next message of a queue.
func (s *service) nextMessage(queue string) string {
	s.Helper()
	select {
	case text := <-s.storage.queue(queue):
		return text
	case <-time.After(time.Minute):
		require.FailNow(s, "no message was received")
		return ""
	}
}

// waitForWork advances the time of a bubble by one minute, in which all work completes.
func (s *service) waitForWork() {
	<-time.After(time.Minute)
	synctest.Wait()
}

// createTrained creates a project and trains it, in a bubble.
func (s *service) createTrained(name, queue, container string) (project, iteration string) {
	s.Helper()
	project = s.create(name, queue, container).id()
	s.addTaggedImages(project, "cat", "dog")
	iteration = s.train(project)
	s.waitForWork()
	s.drainQueue(queue)
	return project, iteration
}

func (s *service) drainQueue(queue string) {
	for queue != "" && len(s.storage.queue(queue)) > 0 {
		<-s.storage.queue(queue)
	}
}
