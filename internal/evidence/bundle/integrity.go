package bundle

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Check compares every file of the bundle with the manifest, and returns the differences: files that
// are missing, not listed, or of another size or digest; bytes of the zip that belong to no file;
// wrong counts. It returns nil if all agree.
func (b *Bundle) Check() []string { return b.check(func(File) bool { return false }) }

// CheckExceptMissingContents is [Bundle.Check], but contents of blobs and downloads may be missing.
func (b *Bundle) CheckExceptMissingContents() []string {
	return b.check(func(f File) bool { return strings.HasPrefix(f.Path, blobsFolder+"/") && !b.Has(f.Path) })
}

func (b *Bundle) check(skip func(File) bool) []string {
	if len(b.problems) > 0 {
		return b.problems
	}
	listed := map[string]bool{manifestFile: true, signatureFile: true}
	var problems []string
	timelines, events := 0, 0
	for _, f := range b.Manifest.Files {
		if listed[f.Path] {
			problems = append(problems, f.Path+" is listed twice")
		}
		listed[f.Path] = true
		if skip(f) {
			continue
		}
		lines, problem := b.checkFile(f)
		if problem != "" {
			problems = append(problems, problem)
		}
		if isTimeline(f.Path) {
			timelines, events = timelines+1, events+lines
		}
	}
	for _, name := range b.source.names() {
		if !listed[name] {
			problems = append(problems, name+" is not in the manifest")
		}
	}
	if len(problems) > 0 {
		return problems
	}
	problems = b.checkTotals(timelines, events)
	if problem := b.source.trailingBytes(); problem != "" {
		problems = append(problems, problem)
	}
	return problems
}

// checkFile compares one file with its entry in the manifest. It returns the number of lines and the
// difference; "" if there is none.
func (b *Bundle) checkFile(want File) (lines int, problem string) {
	var got File
	err := b.stream(want.Path, func(r io.Reader) (err error) {
		got, lines, err = digest(want.Path, r)
		return err
	})
	sum, isBlob := strings.CutPrefix(want.Path, blobsFolder+"/")
	switch {
	case err != nil:
		problem = err.Error()
	case got.Size != want.Size:
		problem = fmt.Sprintf("%s has %d bytes, the manifest says %d", want.Path, got.Size, want.Size)
	case got.SHA256 != want.SHA256:
		problem = fmt.Sprintf("%s has the SHA-256 %s, the manifest says %s", want.Path, got.SHA256, want.SHA256)
	case isBlob && sum != got.SHA256:
		problem = fmt.Sprintf("%s has the SHA-256 %s", want.Path, got.SHA256)
	}
	return lines, problem
}

// checkTotals compares the totals of the manifest with the files, and checks its order.
func (b *Bundle) checkTotals(timelines, events int) (problems []string) {
	m := b.Manifest
	if timelines != m.Timelines || events != m.Events {
		problems = append(problems, fmt.Sprintf("the manifest counts %d timelines with %d events, there are %d with %d",
			m.Timelines, m.Events, timelines, events))
	}
	byPath := func(a, b File) int { return strings.Compare(a.Path, b.Path) }
	byDigest := func(a, b OmittedContent) int { return strings.Compare(a.SHA256, b.SHA256) }
	if !slices.IsSortedFunc(m.Files, byPath) || !slices.IsSortedFunc(m.LeftOut, byDigest) {
		problems = append(problems, "the manifest lists files or contents out of order")
	}
	return problems
}
