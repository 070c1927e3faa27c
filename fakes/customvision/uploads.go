package customvision

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	stdimage "image"
	_ "image/gif" // the formats that the service takes
	_ "image/jpeg"
	_ "image/png"
	"io"
	"mime"
	"strings"

	"github.com/google/uuid"
)

func uploadRoutes() []route {
	return []route{
		{"CreateImagesFromData", "POST", imagesPath, maxBatch, (*Server).createImagesFromData},
		{"CreateImagesFromFiles", "POST", imagesPath + "/files", maxBatch, (*Server).createImagesFromFiles},
		{"CreateImagesFromUrls", "POST", imagesPath + "/urls", maxDocument, (*Server).createImagesFromURLs},
	}
}

// Limits of the service (learn.microsoft.com, "Limits and quotas").
const (
	maxBatchImages = 64
	maxImageBytes  = 6 << 20
)

// upload is one image of a batch, measured before any lock is taken.
type upload struct {
	name          string
	tags          []uuid.UUID
	data          []byte
	digest        [sha256.Size]byte
	width, height int
	problem       string // an ImageCreateStatus; "" means that it is an image
}

func measure(name string, data []byte) upload {
	u := upload{name: name, data: data, digest: sha256.Sum256(data)}
	if len(data) > maxImageBytes {
		u.problem = "ErrorImageSize"
		return u
	}
	var ok bool
	if u.width, u.height, ok = dimensions(data); !ok {
		u.problem = "ErrorImageFormat"
	}
	return u
}

// dimensions reads the header of a JPEG, PNG, GIF or BMP.
func dimensions(data []byte) (width, height int, ok bool) {
	if bytes.HasPrefix(data, []byte("BM")) && len(data) >= 26 {
		w, h := binary.LittleEndian.Uint32(data[18:]), int32(binary.LittleEndian.Uint32(data[22:]))
		return int(w), int(max(h, -h)), true
	}
	config, _, err := stdimage.DecodeConfig(bytes.NewReader(data))
	return config.Width, config.Height, err == nil
}

type fileBatch struct {
	Images []fileEntry `json:"images"`
	TagIDs []string    `json:"tagIds"`
}

// fileEntry is one image of ImageFileCreateBatch. Of its regions only the tags
// count, which is what a training asks for.
type fileEntry struct {
	Name     string   `json:"name"`
	Contents string   `json:"contents"`
	TagIDs   []string `json:"tagIds"`
	Regions  []struct {
		TagID string `json:"tagId"`
	} `json:"regions"`
}

func (s *Server) createImagesFromFiles(r *request) (any, error) {
	var batch fileBatch
	if err := readJSON(r, &batch, false); err != nil {
		return nil, err
	}
	if err := checkBatch(len(batch.Images)); err != nil {
		return nil, err
	}
	tags, err := parseIDs(batch.TagIDs)
	if err != nil {
		return nil, err
	}
	uploads := make([]upload, len(batch.Images))
	for i, entry := range batch.Images {
		if uploads[i], err = entry.upload(); err != nil {
			return nil, err
		}
	}
	return s.addImages(r, uploads, tags)
}

func (e fileEntry) upload() (upload, error) {
	texts := e.TagIDs
	for _, region := range e.Regions {
		texts = append(texts, region.TagID)
	}
	tags, err := parseIDs(texts)
	if err != nil {
		return upload{}, err
	}
	data, err := base64.StdEncoding.DecodeString(e.Contents)
	if err != nil {
		return upload{}, errNoImages("The contents of an image are not Base64.")
	}
	u := measure(e.Name, data)
	u.tags = tags
	return u, nil
}

func checkBatch(count int) error {
	if count == 0 {
		return errNoImages("The batch has no image.")
	}
	if count > maxBatchImages {
		return errBatchSize(count)
	}
	return nil
}

// createImagesFromData takes a form with files, or one image as the body.
func (s *Server) createImagesFromData(r *request) (any, error) {
	tags, err := r.ids("tagIds")
	if err != nil {
		return nil, err
	}
	uploads, err := readData(r)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(len(uploads)); err != nil {
		return nil, err
	}
	return s.addImages(r, uploads, tags)
}

func readData(r *request) ([]upload, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if strings.HasPrefix(kind, "multipart/") {
		return readForm(r)
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, unreadable(err)
	}
	if len(data) == 0 {
		return nil, nil
	}
	return []upload{measure("", data)}, nil
}

func readForm(r *request) ([]upload, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, unreadable(err)
	}
	uploads := []upload{}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			return uploads, nil
		}
		if err != nil {
			return nil, unreadable(err)
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, unreadable(err)
		}
		uploads = append(uploads, measure(part.FileName(), data))
	}
}

func (s *Server) createImagesFromURLs(*request) (any, error) { return nil, errImageURLs() }
