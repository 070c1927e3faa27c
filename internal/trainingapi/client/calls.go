package client

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"mime/multipart"
	"net/url"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// A NewProject holds the parameters of CreateProject. Empty ones are not sent.
type NewProject struct {
	Name, Description, DomainID, ClassificationType string
	Platforms                                       []string
	QueueURI, ContainerURI                          string
	Body                                            bool   // URIs in a JSON body (v3.4-preview) instead of the query
	Key                                             string // as KeyMode of [Call]
	Version                                         string // as in [Call]
}

// CreateProject calls POST /projects. The URIs go into the query, as in the guide, or into the body, as in the
// description of v3.4-preview. An attempt that was started is completed even if ctx ends, because its response names
// the project that has to be deleted.
func (c *Client) CreateProject(ctx context.Context, p NewProject) evidence.Exchange {
	call := Call{Name: "CreateProject", Query: p.query(), KeyMode: p.Key, Version: p.Version, Uninterruptible: true}
	if p.Body {
		call.JSON = withoutEmpty(p.storage())
	} else {
		for name, uri := range withoutEmpty(p.storage()) {
			call.Query.Set(name, uri)
		}
	}
	return c.Do(ctx, call)
}

func (p NewProject) query() url.Values {
	query := url.Values{"name": {p.Name}}
	for name, value := range withoutEmpty(map[string]string{
		"description":           p.Description,
		"domainId":              p.DomainID,
		"classificationType":    p.ClassificationType,
		"targetExportPlatforms": strings.Join(p.Platforms, ","),
	}) {
		query.Set(name, value)
	}
	return query
}

func (p NewProject) storage() map[string]string {
	return map[string]string{"notificationQueueUri": p.QueueURI, "exportModelContainerUri": p.ContainerURI}
}

func withoutEmpty(values map[string]string) map[string]string {
	maps.DeleteFunc(values, func(_, value string) bool { return value == "" })
	return values
}

// GetDomains calls GET /domains.
func (c *Client) GetDomains(ctx context.Context) evidence.Exchange {
	return c.Do(ctx, Call{Name: "GetDomains"})
}

// GetProject calls GET /projects/{id}.
func (c *Client) GetProject(ctx context.Context, id string) evidence.Exchange {
	return c.Do(ctx, Call{Name: "GetProject", Project: id})
}

// GetProjects calls GET /projects.
func (c *Client) GetProjects(ctx context.Context) evidence.Exchange {
	return c.Do(ctx, Call{Name: "GetProjects"})
}

// UpdateProject calls PATCH /projects/{id} with that body.
func (c *Client) UpdateProject(ctx context.Context, id string, body any) evidence.Exchange {
	return c.Do(ctx, Call{Name: "UpdateProject", Project: id, JSON: body})
}

// DeleteProject calls DELETE /projects/{id}.
func (c *Client) DeleteProject(ctx context.Context, id string) evidence.Exchange {
	return c.Do(ctx, Call{Name: "DeleteProject", Project: id})
}

// CreateTag calls POST /projects/{id}/tags.
func (c *Client) CreateTag(ctx context.Context, id, name string) evidence.Exchange {
	return c.Do(ctx, Call{Name: "CreateTag", Project: id, Query: url.Values{"name": {name}}})
}

// CreateImagesFromFiles calls POST /projects/{id}/images/files: one JSON batch with Base64 contents.
func (c *Client) CreateImagesFromFiles(ctx context.Context, id string, images []trainingapi.Image) evidence.Exchange {
	type entry struct {
		Name     string   `json:"name"`
		Contents string   `json:"contents"`
		TagIDs   []string `json:"tagIds"`
	}
	batch := make([]entry, len(images))
	for i, im := range images {
		batch[i] = entry{im.Name, base64.StdEncoding.EncodeToString(im.Bytes), []string{im.TagID}}
	}
	return c.Do(ctx, Call{Name: "CreateImagesFromFiles", Project: id, JSON: map[string]any{"images": batch}})
}

// CreateImagesFromData calls POST /projects/{id}/images with the images of one tag as multipart/form-data. The error is
// that of the encoding.
func (c *Client) CreateImagesFromData(
	ctx context.Context,
	id, tagID string,
	images []trainingapi.Image,
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
	return c.Do(ctx, Call{Name: "CreateImagesFromData", Project: id, Query: url.Values{"tagIds": {tagID}},
		Body: body.Bytes(), Type: form.FormDataContentType()}), nil
}

// TrainProject calls POST /projects/{id}/train. With force the service trains even if the project has not changed.
func (c *Client) TrainProject(ctx context.Context, id string, force bool) evidence.Exchange {
	call := Call{Name: "TrainProject", Project: id}
	if force {
		call.Query = url.Values{"forceTrain": {"true"}}
	}
	return c.Do(ctx, call)
}

// GetIteration calls GET /projects/{id}/iterations/{iteration}.
func (c *Client) GetIteration(ctx context.Context, id, iteration string) evidence.Exchange {
	return c.Do(ctx, Call{Name: "GetIteration", Project: id, Iteration: iteration})
}

// ExportIteration calls POST /projects/{id}/iterations/{iteration}/export?platform=….
func (c *Client) ExportIteration(ctx context.Context, id, iteration, platform string) evidence.Exchange {
	return c.Do(ctx, Call{Name: "ExportIteration", Project: id, Iteration: iteration,
		Query: url.Values{"platform": {platform}}})
}

// GetExports calls GET /projects/{id}/iterations/{iteration}/export.
func (c *Client) GetExports(ctx context.Context, id, iteration string) evidence.Exchange {
	return c.Do(ctx, Call{Name: "GetExports", Project: id, Iteration: iteration})
}
