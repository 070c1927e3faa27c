package customvision

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"
)

// modelSize is the size of the pseudo-model, in bytes.
const modelSize = 4096

// archive is the content of an exported model. The same export always gives the same bytes. Another iteration,
// platform or flavor gives different bytes.
type archive struct {
	manifest manifest
	labels   []string
	modified time.Time
}

// manifest describes the archive. It imitates the file cvexport.manifest in archives of the real service.
type manifest struct {
	DomainType    string
	Platform      string
	Flavor        string
	ProjectID     string `json:"ProjectId"`
	IterationID   string `json:"IterationId"`
	ModelFileName string
	LabelFileName string
	ModelSHA256   string
}

func newArchive(p *project, i *iteration, e *export) archive {
	return archive{
		manifest: manifest{
			DomainType: i.domain.Type, Platform: e.platform, Flavor: e.flavor,
			ProjectID: p.id.String(), IterationID: i.id.String(),
			ModelFileName: folder(e) + modelFile(e), LabelFileName: folder(e) + "labels.txt",
		},
		labels:   i.tagNames(),
		modified: *i.trainedAt,
	}
}

// folder returns the folder of the model: the archive of a container has an app folder.
func folder(e *export) string {
	if e.platform == "DockerFile" {
		return "app/"
	}
	return ""
}

func modelFile(e *export) string {
	if e.flavor == "TensorFlowLite" {
		return "model.tflite"
	}
	switch e.platform {
	case "CoreML":
		return "model.mlmodel"
	case "ONNX":
		return "model.onnx"
	case "OpenVino":
		return "model.bin"
	}
	return "model.pb"
}

// model derives pseudo-random bytes from the identity of the export.
func (a archive) model() []byte {
	m := a.manifest
	seed := sha256.Sum256([]byte(strings.Join([]string{m.ProjectID, m.IterationID, m.Platform, m.Flavor}, "|")))
	data := make([]byte, modelSize)
	rand.NewChaCha8(seed).Read(data) //nolint:errcheck // never fails, by its documentation
	return data
}

// bytes returns the zip archive.
func (a archive) bytes() ([]byte, error) {
	model := a.model()
	a.manifest.ModelSHA256 = fmt.Sprintf("%x", sha256.Sum256(model))
	description, err := encode(a.manifest)
	if err != nil {
		return nil, err
	}
	entries := []zipEntry{{"cvexport.manifest", description}}
	if a.manifest.Platform == "DockerFile" {
		entries = append(entries, zipEntry{"Dockerfile", []byte(dockerfile)}, zipEntry{"app/app.py", []byte(containerApp)})
	}
	return zipEntries(a.modified, append(entries,
		zipEntry{a.manifest.LabelFileName, []byte(strings.Join(a.labels, "\n") + "\n")},
		zipEntry{a.manifest.ModelFileName, model}))
}

// The further files of an archive of a container. Its app responds to POST /image and /url, like that of the real
// service, with the same probability for every tag.
const (
	dockerfile = "FROM python:3-slim\nCOPY app /app\nWORKDIR /app\nEXPOSE 80\nCMD [\"python\", \"app.py\"]\n"

	containerApp = `import http.server
import json

TAGS = [line.strip() for line in open("labels.txt")]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        predictions = [{"probability": 1 / len(TAGS), "tagName": tag} for tag in TAGS]
        self.send_response(200 if self.path in ("/image", "/url") else 404)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"predictions": predictions}).encode())


http.server.HTTPServer(("", 80), Handler).serve_forever()
`
)

type zipEntry struct {
	name string
	data []byte
}

func zipEntries(modified time.Time, entries []zipEntry) ([]byte, error) {
	var buffer bytes.Buffer
	writer := zip.NewWriter(&buffer)
	for _, e := range entries {
		w, err := writer.CreateHeader(&zip.FileHeader{Name: e.name, Method: zip.Deflate, Modified: modified})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(e.data); err != nil {
			return nil, err
		}
	}
	err := writer.Close()
	return buffer.Bytes(), err
}

// modelPath returns the path of a model in the service's own storage, as recorded:
// /m-{project}/{iteration}.{platform}.zip.
func modelPath(project, iteration uuid.UUID, suffix string) string {
	return "/m-" + hexID(project) + "/" + hexID(iteration) + "." + suffix + ".zip"
}

func (s *Server) storedModel(project uuid.UUID, blob string) (storedFile, error) {
	model, ok := s.findModel(project, blob)
	if !ok {
		return storedFile{}, errBlobNotFound()
	}
	data, err := model.bytes()
	return storedFile{file{"application/zip", data}, model.modified}, err
}

// findModel returns an exported model whose project and iteration still exist.
func (s *Server) findModel(project uuid.UUID, blob string) (archive, bool) {
	name, suffix, _ := strings.Cut(strings.TrimSuffix(blob, ".zip"), ".")
	id, err := uuid.Parse(name)
	if err != nil {
		return archive{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, i := s.lookupIteration(project, id)
	if i == nil {
		return archive{}, false
	}
	for _, e := range i.exports {
		if e.suffix() == suffix && e.doneAt != nil {
			return newArchive(p, i, e), true
		}
	}
	return archive{}, false
}
