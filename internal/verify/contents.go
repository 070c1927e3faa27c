package verify

import (
	"bytes"
	"maps"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
)

// A content describes the bytes of a blob or of a download, as a timeline does.
type content struct {
	length  int64
	entries map[string]string
	where   string // the file of the timeline, and the event
}

// addContent adds the content that an event describes. All events that describe
// one content have to agree.
func (v *verifier) addContent(e evidence.Event, where string) {
	sum, c := "", content{where: where}
	switch e.Kind {
	case evidence.KindBlob:
		sum, c.length, c.entries = e.Blob.SHA256, e.Blob.Length, e.Blob.Entries
	case evidence.KindDownload:
		sum, c.length, c.entries = e.Download.SHA256, e.Download.Length, e.Download.Entries
	}
	if sum == "" {
		return
	}
	if before, known := v.contents[sum]; known && (before.length != c.length || !maps.Equal(before.entries, c.entries)) {
		v.addFinding("%s and %s say different things of the content %s", before.where, where, sum)
	}
	v.contents[sum] = c
}

// checkOmitted compares a content that the bundle leaves out with the timelines.
func (v *verifier) checkOmitted(l bundle.OmittedContent) {
	c, known := v.contents[l.SHA256]
	switch {
	case !known:
		v.addFinding("the manifest leaves out the content %s, which no timeline mentions", l.SHA256)
	case c.length != l.Length:
		v.addFinding("the content %s has %d bytes by the manifest, %d by %s", l.SHA256, l.Length, c.length, c.where)
	case (l.Reason == bundle.TooLarge) != (l.Length > bundle.BlobLimit):
		v.addFinding("the content %s of %d bytes is left out as %q", l.SHA256, l.Length, l.Reason)
	}
}

// checkContent compares a content that must be in the bundle with the timelines.
// Its digest has been checked.
func (v *verifier) checkContent(sum string, c content) {
	name := bundle.BlobFile(sum)
	if !v.bundle.Has(name) {
		v.addFinding("%s is missing: %s mentions it", name, c.where)
		return
	}
	v.referencedFiles[name] = true
	data, err := v.bundle.Read(name)
	switch {
	case err != nil:
		v.addFinding("%v", err)
	case int64(len(data)) != c.length:
		v.addFinding("%s has %d bytes, %s says %d", name, len(data), c.where, c.length)
	case !maps.Equal(evidence.Entries(bytes.NewReader(data), c.length), c.entries):
		v.addFinding("%s is an archive of other files than %s says", name, c.where)
	}
}
