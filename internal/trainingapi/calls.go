package trainingapi

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
)

// A NewProject is what CreateProject is told. Empty members are not sent.
type NewProject struct {
	Name, Description, DomainID, ClassificationType string
	Platforms                                       []string
	QueueURI, ContainerURI                          string
	Body                                            bool   // URIs in a JSON body (v3.4-preview) instead of the query
	Key                                             string // as in [Call]
	Version                                         string // as in [Call]
}

// CreateProject calls POST /projects, with the URIs in the query as the guide
// has them, or in the body as the v3.4-preview description has them. A try that was
// begun is carried through: its answer says what there is to remove.
func (c *Client) CreateProject(ctx context.Context, p NewProject) evidence.Exchange {
	query := url.Values{"name": {p.Name}}
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	set("description", p.Description)
	set("domainId", p.DomainID)
	set("classificationType", p.ClassificationType)
	set("targetExportPlatforms", strings.Join(p.Platforms, ","))
	call := Call{
		Name:            "CreateProject",
		Method:          http.MethodPost,
		Path:            "/projects",
		Query:           query,
		KeyMode:         p.Key,
		Version:         p.Version,
		Uninterruptible: true,
	}
	if p.Body {
		body := map[string]string{}
		if p.QueueURI != "" {
			body["notificationQueueUri"] = p.QueueURI
		}
		if p.ContainerURI != "" {
			body["exportModelContainerUri"] = p.ContainerURI
		}
		call.JSON = body
	} else {
		set("notificationQueueUri", p.QueueURI)
		set("exportModelContainerUri", p.ContainerURI)
	}
	return c.Do(ctx, call)
}

// GetDomains calls GET /domains.
func (c *Client) GetDomains(ctx context.Context) evidence.Exchange {
	return c.Do(ctx, Call{Name: "GetDomains", Path: "/domains"})
}

// GetProject calls GET /projects/{id}.
func (c *Client) GetProject(ctx context.Context, id string) evidence.Exchange {
	return c.Do(ctx, Call{Name: "GetProject", Path: "/projects/" + url.PathEscape(id)})
}

// GetProjects calls GET /projects.
func (c *Client) GetProjects(ctx context.Context) evidence.Exchange {
	return c.Do(ctx, Call{Name: "GetProjects", Path: "/projects"})
}

// UpdateProject calls PATCH /projects/{id} with that body.
func (c *Client) UpdateProject(ctx context.Context, id string, body any) evidence.Exchange {
	return c.Do(
		ctx,
		Call{Name: "UpdateProject", Method: http.MethodPatch, Path: "/projects/" + url.PathEscape(id), JSON: body},
	)
}

// DeleteProject calls DELETE /projects/{id}.
func (c *Client) DeleteProject(ctx context.Context, id string) evidence.Exchange {
	return c.Do(ctx, Call{Name: "DeleteProject", Method: http.MethodDelete, Path: "/projects/" + url.PathEscape(id)})
}

// CreateTag calls POST /projects/{id}/tags.
func (c *Client) CreateTag(ctx context.Context, id, name string) evidence.Exchange {
	return c.Do(
		ctx,
		Call{
			Name:   "CreateTag",
			Method: http.MethodPost,
			Path:   "/projects/" + url.PathEscape(id) + "/tags",
			Query:  url.Values{"name": {name}},
		},
	)
}

// An Image is one picture to upload, with the tag that it gets.
type Image struct {
	Name  string
	Bytes []byte
	TagID string
}

// CreateImagesFromFiles calls POST /projects/{id}/images/files: one JSON batch
// with Base64 contents.
func (c *Client) CreateImagesFromFiles(ctx context.Context, id string, images []Image) evidence.Exchange {
	type entry struct {
		Name     string   `json:"name"`
		Contents string   `json:"contents"`
		TagIDs   []string `json:"tagIds"`
	}
	batch := make([]entry, len(images))
	for i, im := range images {
		batch[i] = entry{im.Name, base64.StdEncoding.EncodeToString(im.Bytes), []string{im.TagID}}
	}
	return c.Do(
		ctx,
		Call{
			Name:   "CreateImagesFromFiles",
			Method: http.MethodPost,
			Path:   "/projects/" + url.PathEscape(id) + "/images/files",
			JSON:   map[string]any{"images": batch},
		},
	)
}

// CreateImagesFromData calls POST /projects/{id}/images with the images of one
// tag as multipart/form-data.
func (c *Client) CreateImagesFromData(
	ctx context.Context,
	id, tagID string,
	images []Image,
) (evidence.Exchange, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i, im := range images {
		part, err := form.CreateFormFile(fmt.Sprintf("imageData%d", i), im.Name)
		if err != nil {
			return evidence.Exchange{}, err
		}
		if _, err := part.Write(im.Bytes); err != nil {
			return evidence.Exchange{}, err
		}
	}
	if err := form.Close(); err != nil {
		return evidence.Exchange{}, err
	}
	return c.Do(
		ctx,
		Call{Name: "CreateImagesFromData", Method: http.MethodPost, Path: "/projects/" + url.PathEscape(id) + "/images",
			Query: url.Values{"tagIds": {tagID}}, Body: body.Bytes(), Type: form.FormDataContentType()},
	), nil
}

// TrainProject calls POST /projects/{id}/train; force trains again although
// nothing changed.
func (c *Client) TrainProject(ctx context.Context, id string, force bool) evidence.Exchange {
	call := Call{Name: "TrainProject", Method: http.MethodPost, Path: "/projects/" + url.PathEscape(id) + "/train"}
	if force {
		call.Query = url.Values{"forceTrain": {"true"}}
	}
	return c.Do(ctx, call)
}

// GetIteration calls GET /projects/{id}/iterations/{iteration}.
func (c *Client) GetIteration(ctx context.Context, id, iteration string) evidence.Exchange {
	return c.Do(
		ctx,
		Call{Name: "GetIteration", Path: "/projects/" + url.PathEscape(id) + "/iterations/" + url.PathEscape(iteration)},
	)
}

// ExportIteration calls POST …/iterations/{iteration}/export?platform=….
func (c *Client) ExportIteration(ctx context.Context, id, iteration, platform string) evidence.Exchange {
	return c.Do(
		ctx,
		Call{
			Name:   "ExportIteration",
			Method: http.MethodPost,
			Path:   exportPath(id, iteration),
			Query:  url.Values{"platform": {platform}},
		},
	)
}

// GetExports calls GET …/iterations/{iteration}/export.
func (c *Client) GetExports(ctx context.Context, id, iteration string) evidence.Exchange {
	return c.Do(ctx, Call{Name: "GetExports", Path: exportPath(id, iteration)})
}

func exportPath(id, iteration string) string {
	return "/projects/" + url.PathEscape(id) + "/iterations/" + url.PathEscape(iteration) + "/export"
}
