package steps

import (
	"bytes"
	"maps"

	"github.com/cvconform/cvconform/internal/evidence"
)

// A content is what a timeline says of the bytes of a blob or of a download.
type content struct {
	length  int64
	entries map[string]string
	where   string // the file of the timeline, and the event
}

// addContent notes what an event says of a content; all that speak of one have to
// agree.
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
	if before, spoken := v.contents[sum]; spoken && (before.length != c.length || !maps.Equal(before.entries, c.entries)) {
		v.addFinding("%s and %s say different things of the content %s", before.where, where, sum)
	}
	v.contents[sum] = c
}

// checkOmitted holds a content that the bundle does not hold against what the
// timelines say of it.
func (v *verifier) checkOmitted(l evidence.OmittedContent) {
	c, spoken := v.contents[l.SHA256]
	switch {
	case !spoken:
		v.addFinding("the manifest leaves out the content %s, of which no timeline speaks", l.SHA256)
	case c.length != l.Length:
		v.addFinding("the content %s has %d bytes by the manifest, %d by %s", l.SHA256, l.Length, c.length, c.where)
	case (l.Reason == evidence.TooLarge) != (l.Length > evidence.BlobLimit):
		v.addFinding("the content %s of %d bytes is left out as %q", l.SHA256, l.Length, l.Reason)
	}
}

// checkContent holds a content that has to be in the bundle against what the timelines
// say of it; its digest agrees already.
func (v *verifier) checkContent(sum string, c content) {
	name := evidence.BlobFile(sum)
	if !v.bundle.Has(name) {
		v.addFinding("%s is missing: %s speaks of it", name, c.where)
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
