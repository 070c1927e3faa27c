package customvision

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

// routes returns the handler of the API, which requires the key, and of the service's own storage, which requires a
// signed link.
func (s *Server) routes() http.Handler {
	stable, prediction := s.mux(apiRoutes(), false), s.mux(predictionEndpointRoutes(), false)
	apis := map[string]http.Handler{trainingArea + previewVersion: s.mux(apiRoutes(), true)}
	for _, version := range stableVersions() {
		apis[trainingArea+version] = stable
	}
	for _, version := range predictionVersions() {
		apis[predictionArea+version] = prediction
	}
	blobs := http.NewServeMux()
	blobs.Handle(
		"/"+storageAccount+"/{container}/{blob...}",
		s.endpoint(route{operation: operationDownload, limit: maxDocument, handle: (*Server).download}, false),
	)
	blobs.Handle("/", s.endpoint(notFoundRoute(), false))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !allowOrigin(w, r):
		case lacksLength(r):
			s.write(w, r, lengthRequired(), nil)
		case isAPI(r.URL.Path):
			s.serveAPI(apis, w, r)
		default:
			blobs.ServeHTTP(w, r)
		}
	})
}

// previewVersion is the API version with the storage integration in its description.
const previewVersion = "v3.4-preview"

// stableVersions returns the other API versions. All of them are served like v3.3, the newest.
func stableVersions() []string { return []string{"v3.0", "v3.1", "v3.2", "v3.3"} }

// The areas of the service. Each has its own header for the key.
const (
	trainingArea   = "training/"
	predictionArea = "prediction/"
)

// serveAPI checks the key before the rest of the path, so that a caller without a key learns nothing about it. To a
// path outside the APIs it responds with their addresses.
func (s *Server) serveAPI(apis map[string]http.Handler, w http.ResponseWriter, r *http.Request) {
	area, version, rest := splitPath(r.URL.Path)
	api, ok := apis[area+version]
	header := map[string]string{trainingArea: "Training-Key", predictionArea: "Prediction-Key"}[area]
	switch {
	case ok && !s.authorized(r.Header.Get(header)):
		s.write(w, r, nil, errAccessDenied())
	case !ok || rest == "":
		s.write(w, r, nil, errNoVersion(r.URL.Path))
	default:
		api.ServeHTTP(w, withPath(r, rest))
	}
}

// apiRoutes returns the API below /customvision/{version}/training.
func apiRoutes() []route {
	return slices.Concat(domainRoutes(), projectRoutes(), tagRoutes(), imageRoutes(), uploadRoutes(),
		trainingRoutes(), iterationRoutes(), publishingRoutes(), performanceRoutes(), exportRoutes(),
		quickTestRoutes(), predictionRoutes(), suggestionRoutes(), transferRoutes(), artifactRoutes())
}

func (s *Server) mux(routes []route, preview bool) http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.Handle(r.method+" "+r.path, s.endpoint(r, preview))
	}
	mux.Handle("/", s.endpoint(notFoundRoute(), preview))
	return mux
}

func isAPI(path string) bool {
	first, _, _ := strings.Cut(strings.TrimLeft(path, "/"), "/")
	return strings.EqualFold(first, "customvision")
}

// splitPath splits /customvision/{version}/{area}/{rest}. It converts the path to lower case, because the guide and
// the recordings spell it differently and GUIDs have two spellings. It accepts several slashes before it (recorded:
// callers join a path to an endpoint that ends in a slash). rest is "" if the path is not clean.
func splitPath(text string) (area, version, rest string) {
	parts := strings.SplitN(strings.ToLower(strings.TrimLeft(text, "/")), "/", 4)
	if len(parts) < 3 {
		return "", "", ""
	}
	area, version = parts[2]+"/", parts[1]
	if len(parts) < 4 {
		return area, version, ""
	}
	rest = "/" + strings.TrimSuffix(parts[3], "/")
	if path.Clean(rest) != rest {
		return area, version, ""
	}
	return area, version, rest
}

func withPath(r *http.Request, path string) *http.Request {
	inner := r.Clone(r.Context())
	inner.URL.Path, inner.URL.RawPath = path, ""
	return inner
}

func (s *Server) authorized(key string) bool {
	want, got := sha256.Sum256([]byte(s.options.TrainingKey)), sha256.Sum256([]byte(key))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

func (s *Server) endpoint(rt route, preview bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := exchangeOf(r.Context())
		x.entry.Operation, x.entry.Project = rt.operation, r.PathValue("project")
		r.Body = http.MaxBytesReader(w, r.Body, rt.limit)
		call := &request{Request: r, preview: preview}
		w, pending := s.applyFault(w, call)
		if !pending {
			return
		}
		value, err := s.handle(rt, call)
		s.write(w, r, value, err)
	})
}

// handle refuses a query that cannot be parsed completely, and a body whose declared length exceeds the limit
// before it is read.
func (s *Server) handle(rt route, r *request) (any, error) {
	if r.ContentLength > rt.limit {
		return nil, errTooLarge(rt.limit)
	}
	if _, err := url.ParseQuery(r.URL.RawQuery); err != nil {
		return nil, errInvalid("The query cannot be parsed.")
	}
	return rt.handle(s, r)
}

// notFoundRoute is the route of unknown paths.
func notFoundRoute() route { return route{limit: maxDocument, handle: noRoute} }

func noRoute(_ *Server, r *request) (any, error) { return nil, errNoRoute(r.URL.Path) }
