package customvision

// Limits of request bodies, in bytes.
const (
	maxDocument = 1 << 20
	// maxBatch fits the largest batch of the largest images, as Base64 in JSON.
	maxBatch = maxBatchImages*maxImageBytes/3*4 + maxDocument
	// maxTestImage fits one image in a form.
	maxTestImage = 8 << 20
)

// Limits of an image (learn.microsoft.com, "Limits and quotas").
const (
	maxImageBytes     = 6 << 20
	maxImageSide      = 10240
	maxAspectRatio    = 25
	maxTagsPerImage   = 100
	maxRegionsOnImage = 300
)

// Limits of the number of items in one request (API description).
const (
	maxBatchImages    = 64
	maxBatchTags      = 20
	maxImageIDs       = 256
	maxMetadataBatch  = 64
	maxTagBatch       = 128
	maxImagesToUntag  = 64
	maxTagsToRemove   = 20
	maxRegionBatch    = 64
	maxPredictionIDs  = 64
	maxSuggestions    = 64
	maxTagFilter      = 20
	maxPredictionTags = 2
)

// Limits of the number of items in one response (API description).
const (
	defaultTake = 50
	maxTake     = 256
)

// Requirements of a training (learn.microsoft.com, "Limits and quotas"): two
// tags with five images each for classification, one tag with fifteen images
// for object detection.
const (
	minClassificationTags   = 2
	minClassificationImages = 5
	minDetectionTags        = 1
	minDetectionImages      = 15
)

// maxIterations is the number of iterations of a project (same page).
const maxIterations = 20

// maxPublishName is the length of the name of a published iteration, in bytes.
// It is the fake's own limit.
const maxPublishName = 256
