package customvision

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/fault"
)

// apiError is an error response of the service: an HTTP status, and a code of CustomVisionErrorCodes in the API
// description with a message.
type apiError struct {
	status        int
	code, message string
	gateway       bool   // sent by the API gateway, in its own format
	reason        string // reason phrase of the status line; "" means the usual one
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

type errorBody struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

type gatewayBody struct {
	Error errorBody `json:"error"`
}

func (e *apiError) body() any {
	if e.gateway {
		return gatewayBody{errorBody{e.code, e.message}}
	}
	return errorBody{e.code, e.message}
}

func badRequest(code, format string, args ...any) error {
	return &apiError{status: http.StatusBadRequest, code: code, message: fmt.Sprintf(format, args...)}
}

func notFound(code, format string, args ...any) error {
	return &apiError{status: http.StatusNotFound, code: code, message: fmt.Sprintf(format, args...)}
}

// errAccessDenied has the format of the gateway of other Cognitive Services, and the public message and reason phrase
// of Custom Vision (github.com/Azure/azure-sdk-for-js/issues/10362, MicrosoftDocs/azure-docs/issues/80749).
func errAccessDenied() error {
	return &apiError{status: http.StatusUnauthorized, code: "401", gateway: true, reason: "Access Denied",
		message: "Access denied due to invalid subscription key or wrong API endpoint. " +
			"Make sure to provide a valid key for an active subscription and use a correct regional API endpoint " +
			"for your resource."}
}

// errFault returns the error response of a fault. With a code it has the service's format. Without one it is the
// response that the service or its gateway gives with this status. The gateway's message about rates is public
// (Azure-Samples/cognitive-services-node-sdk-samples, issue 47).
func errFault(e fault.Effect, operation string, preview bool, retryAfter string) error {
	problem := &apiError{status: e.Status, code: e.Code, message: e.Message}
	if problem.message == "" {
		problem.message = "This response is an injected fault."
	}
	if e.Code != "" {
		return problem
	}
	problem.code = strconv.Itoa(e.Status)
	problem.gateway = true
	switch {
	case e.Status == http.StatusUnauthorized && e.Message == "":
		return errAccessDenied()
	case e.Status == http.StatusTooManyRequests && e.Message == "":
		version := map[bool]string{false: "3.3", true: "3.4-preview"}[preview]
		problem.message = fmt.Sprintf(
			"Requests to the %s Operation under Custom_Vision_Training_%s have exceeded rate limit of your current "+
				"Custom_Vision.Training F0 pricing tier. Please retry after %s second.",
			operation,
			version,
			retryAfter,
		)
	case e.Status == http.StatusInternalServerError:
		problem.code, problem.gateway = "ErrorUnknown", false
	case e.Status == http.StatusTooManyRequests, e.Status == http.StatusUnauthorized:
	case e.Status < http.StatusInternalServerError:
		problem.code, problem.gateway = statusErrorCode(e.Status), false
	}
	return problem
}

// statusErrorCode returns the code of the API description that corresponds to a status.
func statusErrorCode(status int) string {
	switch status {
	case http.StatusForbidden:
		return "Forbidden"
	case http.StatusNotFound:
		return "NotFound"
	case http.StatusConflict:
		return "Conflict"
	case http.StatusUnsupportedMediaType:
		return "UnsupportedMediaType"
	}
	return "BadRequest"
}

func errTooLarge(limit int64) *apiError {
	return &apiError{
		status:  http.StatusRequestEntityTooLarge,
		code:    "BadRequest",
		message: fmt.Sprintf("The request is larger than %d bytes.", limit),
	}
}

func errMediaType(got string, want []string) error {
	return &apiError{status: http.StatusUnsupportedMediaType, code: "UnsupportedMediaType",
		message: fmt.Sprintf("The body is of type %q, not %s.", got, strings.Join(want, " or "))}
}

func errNoRoute(path string) error { return notFound("NotFound", "There is no resource at %s.", path) }
func errNoVersion(path string) error {
	return notFound("NotFound", "There is no resource at %s. The APIs are at /customvision/{version}/Training "+
		"(%s or %s) and /customvision/{version}/Prediction (%s).", path, strings.Join(stableVersions(), ", "),
		previewVersion, strings.Join(predictionVersions(), ", "))
}
func errProjectNotFound(id uuid.UUID) error {
	return notFound("NotFoundProject", "There is no project %s.", id)
}
func errDomainNotFound(id uuid.UUID) error {
	return notFound("NotFoundDomain", "There is no domain %s.", id)
}
func errTagNotFound(id uuid.UUID) error { return notFound("NotFoundTag", "There is no tag %s.", id) }
func errIterationNotFound(id uuid.UUID) error {
	return notFound("NotFoundIteration", "There is no iteration %s.", id)
}

func errInvalid(message string) error { return badRequest("BadRequest", "%s", message) }
func errInvalidID(text string) error {
	return badRequest("BadRequestInvalidIds", "%q is not a GUID.", text)
}
func errParameter(name, text, want string) error {
	return badRequest("BadRequest", "%s is %q, not %s.", name, text, want)
}
func errFilter(cause error) error {
	return badRequest("BadRequest", "$filter cannot be parsed: %s.", cause)
}
func errTooMany(items string, limit, n int) error {
	return badRequest("BadRequestExceededBatchSize", "A request may have at most %d %s, not %d.", limit, items, n)
}
func errRequired(parameter string) error {
	return badRequest("BadRequestRequiredParamIsNull", "%s is required.", parameter)
}
func errProjectName() error { return badRequest("BadRequestProjectName", "A project needs a name.") }
func errProjectNameTaken(n string) error {
	return badRequest("BadRequestProjectNameNotUnique", "There is already a project named %q.", n)
}
func errUnknownDomain(text string) error {
	return badRequest("BadRequestProjectUnknownDomain", "%q is not a domain.", text)
}
func errUnknownClassifier(t string) error {
	return badRequest(
		"BadRequestProjectUnknownClassification",
		"%q is not a classification type (use Multiclass or Multilabel).",
		t,
	)
}
func errDomainTypeChange() error {
	return badRequest(
		"BadRequestProjectUnsupportedDomainTypeChange",
		"The domain of a project cannot change between classification and object detection.",
	)
}
func errTargetPlatform(text string) error {
	return badRequest("BadRequestProjectUnsupportedExportPlatform", "%q is not an export platform.", text)
}
func errInvalidURI(format string, args ...any) error {
	return badRequest("BadRequestInvalidUri", format, args...)
}

func errURIOutsideSettings(name string) error {
	return badRequest("BadRequest", "UpdateProject reads %s in the settings of the body only.", name)
}

func errTagName() error { return badRequest("BadRequestTagName", "A tag needs a name.") }
func errTagNameTaken(n string) error {
	return badRequest("BadRequestTagNameNotUnique", "There is already a tag named %q.", n)
}
func errTagType(text string) error {
	return badRequest("BadRequestTagType", "%q is not a type of tag.", text)
}
func errSecondNegativeTag() error {
	return badRequest("BadRequestMultipleNegativeTag", "The project has a negative tag already.")
}
func errUnknownImageTag(id uuid.UUID) error {
	return badRequest("BadRequestImageTags", "There is no tag %s.", id)
}
func errSecondGeneralProductTag() error {
	return badRequest("BadRequestMultipleGeneralProductTag", "The project has a tag for general products already.")
}
func errMixedTags() error {
	return badRequest(
		"BadRequestNegativeAndRegularTagOnSameImage",
		"An image with a negative tag cannot have another tag.",
	)
}

func errImageNotFound(id uuid.UUID) error {
	return notFound("NotFoundImage", "There is no image %s.", id)
}
func errNoImages(message string) error { return badRequest("BadRequestImageBatch", "%s", message) }
func errImageURL(text string) error {
	return badRequest("BadRequestImageUrl", "%q is not an absolute http or https URL.", text)
}
func errNoDetection() error {
	return badRequest("BadRequestImageRegions", "Only images of object detection projects have regions.")
}
func errRegionNotFound(id uuid.UUID) error {
	return badRequest("BadRequestImageRegions", "There is no region %s.", id)
}
func errRegionOutside(image uuid.UUID) error {
	return badRequest(
		"BadRequestImageRegions",
		"A region of image %s is not inside the image: left, top, width and height are required fractions of its size.",
		image,
	)
}
func errMetadataKey(limit int) error {
	return badRequest("BadRequestImageMetadataKey", "A metadata key has 1 to %d characters.", limit)
}
func errMetadataValue(key string, limit int) error {
	return badRequest(
		"BadRequestImageMetadataValue",
		"The value of the metadata key %q is not a string of at most %d characters.",
		key,
		limit,
	)
}

// errNotEnoughImages has a public message, like errTrainingNotNeeded
// (github.com/MicrosoftDocs/mixed-reality/issues/426, docs of azure-sdk).
func errNotEnoughImages(kind string) error {
	return badRequest("BadRequest"+kind+"TrainingValidationFailed", "Not enough images per tag for training")
}
func errTrainingNotNeeded() error {
	return badRequest("BadRequestTrainingNotNeeded", "Nothing changed since last training")
}
func errTrainingInProgress() error {
	return badRequest("BadRequestTrainingAlreadyInProgress", "A training of the project is in progress.")
}
func errTrainingType(text string) error {
	return badRequest("BadRequestTrainingValidationFailed", "%q is not a type of training.", text)
}
func errTrainingBudget() error {
	return badRequest(
		"BadRequestReservedBudgetInHoursNotEnoughForAdvancedTraining",
		"Advanced training needs a budget of at least one hour.",
	)
}

func errSelectedTag(id uuid.UUID) error {
	return badRequest("BadRequestTrainingValidationFailed", "There is no tag %s.", id)
}
func errNegativeInDetection(name string) error {
	return badRequest(
		"BadRequestDetectionTrainingNotAllowNegativeTag",
		"Object detection cannot be trained on the negative tag %q.",
		name,
	)
}
func errEmail(text string) error {
	return badRequest("BadRequestInvalidEmailAddress", "%q is not an e-mail address.", text)
}
func errBaseNotTrained(id uuid.UUID) error {
	return badRequest(
		"BadRequestCustomBaseModelIterationStatusNotCompleted",
		"Iteration %s cannot be a base model: it is not trained.",
		id,
	)
}
func errBaseDomain(id uuid.UUID) error {
	return badRequest(
		"BadRequestCustomBaseModelDomainNotCompatible",
		"Iteration %s cannot be a base model: its domain has another type.",
		id,
	)
}
func errIterationLimit() error {
	return badRequest(
		"BadRequestExceedIterationPerProjectLimit",
		"A project may have at most %d iterations: delete one.",
		maxIterations,
	)
}

func errIterationName() error {
	return badRequest("BadRequestIterationName", "An iteration needs a name.")
}
func errIterationNameTaken(n string) error {
	return badRequest("BadRequestIterationNameNotUnique", "There is already an iteration named %q.", n)
}

// errPublished has a public code and message. The real service responds to PublishIteration with them, whether or not
// overwrite is set.
func errPublished(name string) error {
	return badRequest("BadRequestIterationIsPublished", "Iteration is already published as: %s", name)
}
func errStillPublished(name string) error {
	return badRequest("BadRequestIterationIsPublished", "An iteration is published as %q: unpublish it first.", name)
}
func errPublishName(name string) error {
	return badRequest("BadRequestInvalidPublishName", "%q is not a valid name for a published iteration.", name)
}
func errPublishNameTaken(name string) error {
	return badRequest(
		"BadRequestInvalidPublishName",
		"Another iteration is published as %q: overwrite it, or choose another name.",
		name,
	)
}
func errPublishTarget(id string) error {
	return badRequest("BadRequestInvalidPublishTarget", "%q is not the resource id of a Cognitive Services account.", id)
}
func errNotPublished(id uuid.UUID) error {
	return badRequest("BadRequestIterationNotPublished", "Iteration %s is not published.", id)
}
func errNoPerformance(id uuid.UUID) error {
	return notFound("NotFoundIterationPerformance", "Iteration %s has no performance: it is not trained.", id)
}
func errNotTrained(id uuid.UUID) error {
	return badRequest("BadRequestIterationIsNotTrained", "Iteration %s is not trained.", id)
}
func errExport(format string, args ...any) error {
	return badRequest("BadRequestExportValidationFailed", format, args...)
}

// errExportInProgress has a public message (github.com/Azure/azure-sdk-for-js/issues/10331).
func errExportInProgress(id uuid.UUID) error {
	return badRequest("BadRequestExportAlreadyInProgress", "%s is already queued for export", id)
}

func errNoDefaultIteration() error {
	return notFound("NotFoundProjectDefaultIteration", "The project has no iteration that is trained.")
}

// errInvalidIteration begins with the public message (github.com/MicrosoftDocs/azure-docs/issues/46280).
func errInvalidIteration(name string) error {
	return notFound("NotFoundIteration", "Invalid iteration: no iteration is published as %q.", name)
}

func errProjectKind() error {
	return badRequest("BadRequestOperationNotSupported",
		"Invalid project type for operation: classify is for classification projects, detect for object detection.")
}
func errImageNotFetched(cause error) error {
	return badRequest("BadRequestImageUrl", "The image cannot be fetched: %v.", cause)
}
func errTestImageMissing() error {
	return badRequest("BadRequestImageStream", "The request has no image.")
}

// errTestImage returns the error for an upload with a status.
func errTestImage(status string) error {
	if status == uploadSize {
		return badRequest(
			"BadRequestImageSizeBytes",
			"An image may have at most %d bytes, %d pixels per side, and an aspect ratio of %d.",
			maxImageBytes,
			maxImageSide,
			maxAspectRatio,
		)
	}
	return badRequest("BadRequestImageFormat", "The image is not a JPEG, PNG, GIF or BMP.")
}
func errNoPredictionIDs() error {
	return badRequest("BadRequestPredictionIdsMissing", "ids is required.")
}
func errPredictionIDs(n int) error {
	return badRequest(
		"BadRequestPredictionIdsExceededCount",
		"A request may delete at most %d predictions, not %d.",
		maxPredictionIDs,
		n,
	)
}
func errQueryTags(n int) error {
	return badRequest(
		"BadRequestPredictionTagsExceededCount",
		"A query may combine at most %d tags, not %d.",
		maxPredictionTags,
		n,
	)
}
func errResultCount(n int) error {
	return badRequest("BadRequestPredictionResultsExceededCount", "maxCount is from 0 to %d, not %d.", maxTake, n)
}
func errQuery(member, text string) error {
	return badRequest("BadRequestPredictionInvalidQueryParameters", "%s cannot be %q.", member, text)
}

func errExportWhileTraining() error {
	return badRequest("BadRequestExportWhileTraining", "The project cannot be exported while it is trained.")
}
func errImportToken() error {
	return badRequest(
		"BadRequestInvalidImportToken",
		"The token was not issued by this service, has expired, or its project was deleted.",
	)
}
func errImporting(id uuid.UUID) error {
	return badRequest(
		"BadRequestOperationNotSupported",
		"Project %s is still being imported: it can only be read or deleted.",
		id,
	)
}
func errArtifact(path string) error {
	return badRequest("BadRequestInvalidArtifactUri", "The project has no artifact at %q.", path)
}

func errAugmentation(name string) error {
	return badRequest("BadRequestProjectImagePreprocessingSettings", "%q is not a method of augmentation.", name)
}

// errorMessage returns the message of an error. If it is an error response of the service, its code is omitted.
func errorMessage(err error) string {
	if refused, ok := errors.AsType[*apiError](err); ok {
		return refused.message
	}
	return err.Error()
}
