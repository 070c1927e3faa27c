package customvision

import (
	"maps"

	"github.com/google/uuid"
)

// imageRenderer creates the documents of a dataset's images, with links that the caller can follow.
type imageRenderer struct {
	dataset
	project uuid.UUID
	link    func(path string) string
	// omitTagNames makes the names of tags null, as in responses to uploads and new regions (recorded).
	omitTagNames bool
}

func (s *Server) newImageRenderer(r *request, p *project, d dataset) imageRenderer {
	now := s.now()
	return imageRenderer{
		dataset: d,
		project: p.id,
		link:    func(path string) string { return s.links.link(r.origin(), path, now) },
	}
}

// picture returns a link to a stored picture of an image.
func (a imageRenderer) picture(kind string, i *image) string {
	return a.link(picturePath(a.project, kind, i.id))
}

// imageDocument omits empty members (recorded).
type imageDocument struct {
	ID               uuid.UUID         `json:"id"`
	Created          imageTime         `json:"created"`
	Width            int               `json:"width"`
	Height           int               `json:"height"`
	ResizedImageURI  string            `json:"resizedImageUri"`
	ThumbnailURI     string            `json:"thumbnailUri"`
	OriginalImageURI string            `json:"originalImageUri"`
	Tags             []tagOfImage      `json:"tags,omitempty"`
	Regions          []regionDocument  `json:"regions,omitempty"`
	Metadata         map[string]string `json:"metadata,omitempty"`
}

type tagOfImage struct {
	TagID   uuid.UUID `json:"tagId"`
	TagName *string   `json:"tagName"`
	Created imageTime `json:"created"`
}

type regionDocument struct {
	RegionID uuid.UUID `json:"regionId"`
	TagName  *string   `json:"tagName"`
	Created  imageTime `json:"created"`
	TagID    uuid.UUID `json:"tagId"`
	Left     fraction  `json:"left"`
	Top      fraction  `json:"top"`
	Width    fraction  `json:"width"`
	Height   fraction  `json:"height"`
}

// document returns a document that shares no mutable data, so that it can be encoded without the lock.
func (a imageRenderer) document(i *image) *imageDocument {
	document := &imageDocument{
		ID: i.id, Created: imageTime(i.created), Width: i.width, Height: i.height,
		ResizedImageURI: a.picture(resized, i), ThumbnailURI: a.picture(thumbnail, i),
		OriginalImageURI: a.picture(i.original(), i), Metadata: maps.Clone(i.metadata),
	}
	for _, item := range i.tags {
		document.Tags = append(document.Tags, tagOfImage{item.tag, a.tagName(item.tag), imageTime(item.created)})
	}
	for _, item := range i.regions {
		document.Regions = append(document.Regions, a.region(item))
	}
	return document
}

func (a imageRenderer) region(r region) regionDocument {
	b := r.box
	return regionDocument{r.id, a.tagName(r.tag), imageTime(r.created), r.tag,
		fraction(b.Left), fraction(b.Top), fraction(b.Width), fraction(b.Height)}
}

func (a imageRenderer) tagName(id uuid.UUID) *string {
	t := a.tag(id)
	if t == nil || a.omitTagNames {
		return nil
	}
	name := t.name
	return &name
}

func (a imageRenderer) documents(images []*image) []*imageDocument {
	documents := make([]*imageDocument, len(images))
	for n, i := range images {
		documents[n] = a.document(i)
	}
	return documents
}
