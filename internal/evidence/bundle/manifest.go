package bundle

import (
	_ "embed" // the schema is a file, so that other tools can read it too
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/cvconform/cvconform/internal/jsonfile"
)

// ManifestSchema names the version of the manifest.
const ManifestSchema = "cvconform/manifest/v1"

//go:embed schema/manifest-v1.json
var manifestSchema string

// ManifestJSONSchema returns the JSON Schema (draft 2020-12) of the manifest.
func ManifestJSONSchema() []byte { return []byte(manifestSchema) }

// A Manifest is the table of contents of a bundle. A signature covers it.
type Manifest struct {
	Schema    string           `json:"schema"`
	Suite     Suite            `json:"suite"`
	Run       string           `json:"run"` // id of the run
	Verdict   string           `json:"verdict"`
	Timelines int              `json:"timelines"` // number of timelines, those of controls included
	Events    int              `json:"events"`    // of all timelines
	LeftOut   []OmittedContent `json:"leftOut"`   // contents that the bundle does not have, in order of digest
	Files     []File           `json:"files"`     // all except the manifest and its signature, in order of path
}

// encode returns the manifest as a file. The same manifest always gives the same bytes.
func (m Manifest) encode() ([]byte, error) { return jsonfile.Encode(m) }

// A Suite names the program that wrote a bundle and the features by which it judged.
type Suite struct {
	Version        string `json:"version"`
	Revision       string `json:"revision"`
	FeaturesDigest string `json:"featuresDigest"` // SHA-256, lower-case hex
}

// A File is one file of a bundle.
type File struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`   // bytes
	SHA256 string `json:"sha256"` // lower-case hex
}

// An OmittedContent is the content of a blob or a download of which a bundle has the digest only.
type OmittedContent struct {
	SHA256 string `json:"sha256"`
	Length int64  `json:"length"` // bytes
	Reason Reason `json:"reason"`
}

// A Reason is the reason why a bundle does not have a content.
type Reason string

// The reasons.
const (
	TooLarge Reason = "larger than 16 MiB"       // see BlobLimit
	TooMany  Reason = "more than 128 MiB in all" // see BlobsLimit
	Secret   Reason = "holds a secret"
)

// Limits of the contents of blobs and downloads in a bundle, in bytes.
const (
	BlobLimit  = 16 << 20  // of one
	BlobsLimit = 128 << 20 // of all together
)

// Limits of a bundle. A reader refuses a larger one.
const (
	maxBytes = 1 << 30 // unpacked
	maxFiles = 10_000
)

// The files of a bundle. Those of a section are below the folder of the section.
const (
	FeaturesFolder = "features"    // the features by which the run was judged
	ReportFile     = "report.json" // of a section
	OutputFile     = "service.log" // of a section: output of the service under test, if cvconform started it
	// RecordedResultsFile is part of the section of a replay whose recording was polled: the results
	// that the recording gives.
	RecordedResultsFile = "recorded-results.json"
	// RecordingFile makes the bundle a recording; see package recording.
	RecordingFile = "recording.json"

	manifestFile   = "manifest.json"
	signatureFile  = "manifest.json.sig"
	blobsFolder    = "blobs"
	timelineFolder = "timelines"
)

// OutsideTimeline is the number of the timeline with the calls that belong to no situation. Only a
// recording has it.
const OutsideTimeline = 0

// TimelineFile returns the path of the timeline of that number in its section.
func TimelineFile(number int) string { return fmt.Sprintf("%s/%03d.ndjson", timelineFolder, number) }

// BlobFile returns the path of the content with that SHA-256.
func BlobFile(sum string) string { return path.Join(blobsFolder, sum) }

func isTimeline(name string) bool {
	return path.Base(path.Dir(name)) == timelineFolder && strings.HasSuffix(name, ".ndjson")
}

// validName matches the path of a file in a bundle: few characters, no "..", not absolute.
var validName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$`)
