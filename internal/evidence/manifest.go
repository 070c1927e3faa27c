package evidence

import (
	_ "embed" // the schema is a file, so that other tools can read it too
	"fmt"
	"path"
	"regexp"
)

// ManifestSchema names the version of a bundle's manifest.
const ManifestSchema = "cvconform/manifest/v1"

//go:embed schema/manifest-v1.json
var manifestSchema string

// ManifestJSONSchema returns the JSON Schema (draft 2020-12) of a bundle's manifest.
func ManifestJSONSchema() []byte { return []byte(manifestSchema) }

// A Manifest is the table of contents of a bundle, and what a signature covers.
type Manifest struct {
	Schema    string           `json:"schema"`
	Suite     Suite            `json:"suite"`
	Run       string           `json:"run"` // id of the run that the bundle is of
	Verdict   string           `json:"verdict"`
	Timelines int              `json:"timelines"` // files below timelines, those of controls included
	Events    int              `json:"events"`    // of all timelines
	LeftOut   []OmittedContent `json:"leftOut"`   // contents that the bundle does not hold, in order of digest
	Files     []File           `json:"files"`     // all but the manifest and its signature, in order of path
}

// A Suite names the program that made a bundle and the features that it judged by.
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

// A OmittedContent is the content of a blob or of a download that a bundle knows by its
// digest only.
type OmittedContent struct {
	SHA256 string `json:"sha256"`
	Length int64  `json:"length"` // bytes
	Reason Reason `json:"reason"`
}

// Reason says why a bundle does not hold a content.
type Reason string

// The reasons.
const (
	TooLarge Reason = "larger than 16 MiB"       // see BlobLimit
	TooMany  Reason = "more than 128 MiB in all" // see BlobsLimit
	Secret   Reason = "holds a secret"
)

// What a bundle holds at most of the contents of blobs and downloads, in bytes.
const (
	BlobLimit  = 16 << 20  // of one
	BlobsLimit = 128 << 20 // of all together
)

// What a bundle holds at most in all; a reader unpacks no more.
const (
	bundleLimit = 1 << 30 // bytes, unpacked
	filesLimit  = 10_000
)

// The names of a bundle's files.
const (
	manifestFile   = "manifest.json"
	signatureFile  = "manifest.json.sig"
	blobsFolder    = "blobs"
	FeaturesFolder = "features"    // of the features that judged
	ReportFile     = "report.json" // of a section: the run itself, or a control
	OutputFile     = "service.log" // of a section: what the service under test printed, where cvconform started it
	timelineFolder = "timelines"
	// RecordedResultsFile holds, in the section of a replay whose recording was polled, the results
	// that the recording gives.
	RecordedResultsFile = "recorded-results.json"
)

// TimelineFile is the path of a lineage's timeline below its section.
func TimelineFile(number int) string { return fmt.Sprintf("%s/%03d.ndjson", timelineFolder, number) }

// BlobFile is the path of the content of that SHA-256.
func BlobFile(sum string) string { return path.Join(blobsFolder, sum) }

// fileName is what the path of a bundle's file looks like: no more than these
// characters, no folder that goes up, nothing at the root of a disk.
var fileName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$`)
