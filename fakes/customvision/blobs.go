package customvision

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/google/uuid"
)

const (
	// storageAccount is the name of the account of the service's own storage. It is the first segment of the paths of
	// links, as in other emulators of Azure Storage.
	storageAccount = "customvisionfake"
	// storageVersion is the version of Azure Storage in links and responses (recorded in links).
	storageVersion = "2017-04-17"
)

// download responds with the blob of a signed link as the Blob service of Azure Storage does, so that its SDKs can
// read it. The Training-Key header is not required.
func (s *Server) download(r *request) (any, error) {
	if !s.links.valid(r.URL.Path, r.URL.Query(), s.now()) {
		return nil, errLinkRefused()
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil, errReadOnlyLink()
	}
	return s.storedFile(r.URL.Path)
}

// storedFile returns a blob from the service's own storage.
func (s *Server) storedFile(path string) (storedFile, error) {
	kind, project, blob, ok := splitBlobPath(path)
	if !ok {
		return storedFile{}, errBlobNotFound()
	}
	switch kind {
	case "m":
		return s.storedModel(project, blob)
	case "i":
		return s.storedPicture(project, blob)
	case "e":
		return s.predictionImage(project, blob)
	case "prjexp":
		return s.exportInfo(project, blob)
	}
	return storedFile{}, errBlobNotFound()
}

// storedFile is a blob of the service's own storage.
type storedFile struct {
	file
	modified time.Time
}

// acceptedRange is a range that the Blob service accepts. It ignores any other.
var acceptedRange = regexp.MustCompile(`^bytes=(\d+)-\d*$`)

// ServeHTTP sends the blob, or the range that the request asks for.
func (f storedFile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.Clone(r.Context())
	if requested := r.Header.Get("X-Ms-Range"); requested != "" {
		r.Header.Set("Range", requested)
	}
	if match := acceptedRange.FindStringSubmatch(r.Header.Get("Range")); match == nil {
		r.Header.Del("Range")
	} else if first, err := strconv.Atoi(match[1]); err != nil || first >= len(f.data) {
		sendBlobError(w, errInvalidRange())
		return
	}
	h := w.Header()
	setBlobHeaders(h)
	h.Set("Content-Type", f.contentType)
	h.Set("Etag", fmt.Sprintf(`"0x%X"`, sha256.Sum256(f.data))[:19]+`"`)
	h.Set("X-Ms-Creation-Time", f.modified.UTC().Format(http.TimeFormat))
	h.Set("X-Ms-Blob-Type", "BlockBlob")
	h.Set("X-Ms-Lease-State", "available")
	h.Set("X-Ms-Lease-Status", "unlocked")
	h.Set("X-Ms-Server-Encrypted", "true")
	http.ServeContent(w, r, "", f.modified, bytes.NewReader(f.data))
}

// setBlobHeaders sets the headers that all responses of the Blob service have.
func setBlobHeaders(h http.Header) {
	h.Set("X-Ms-Request-Id", uuid.NewString())
	h.Set("X-Ms-Version", storageVersion)
}

// sendBlobError sends an error in the format of Azure Storage.
func sendBlobError(w http.ResponseWriter, problem *apiError) {
	body, err := xml.Marshal(struct {
		XMLName       xml.Name `xml:"Error"`
		Code, Message string
	}{Code: problem.code, Message: problem.message})
	if err != nil {
		body = nil
	}
	body = append([]byte(xml.Header), body...)
	setBlobHeaders(w.Header())
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("X-Ms-Error-Code", problem.code)
	w.WriteHeader(problem.status)
	_, _ = w.Write(body)
}

// The errors of the Blob service (learn.microsoft.com, "Blob service error codes").

func errLinkRefused() error {
	return &apiError{
		status:  http.StatusForbidden,
		code:    "AuthenticationFailed",
		message: "Server failed to authenticate the request. The link is not signed by this service, or it has expired.",
	}
}

func errReadOnlyLink() error {
	return &apiError{
		status:  http.StatusForbidden,
		code:    "AuthorizationPermissionMismatch",
		message: "This request is not authorized to perform this operation using this permission: the link permits reading.",
	}
}

func errBlobNotFound() *apiError {
	return &apiError{status: http.StatusNotFound, code: "BlobNotFound", message: "The specified blob does not exist."}
}

func errInvalidRange() *apiError {
	return &apiError{
		status:  http.StatusRequestedRangeNotSatisfiable,
		code:    "InvalidRange",
		message: "The range specified is invalid for the current size of the resource.",
	}
}
