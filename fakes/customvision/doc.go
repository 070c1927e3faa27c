// Package customvision is a fake of the Azure Custom Vision Training service,
// API versions v3.3 and v3.4-preview, for development and tests without a
// cloud. [New] gives an http.Handler; listener, TLS and port are the caller's.
//
// It models projects, tags, images, trainings and exports as far as the
// storage integration needs them: the connection check when a project gets a
// queue or a container, the Training and Export messages, and the backup of
// every exported model. Documents have the members, order and time format of
// public recordings of the real service (Azure/azure-sdk-for-net,
// sdk/cognitiveservices/Vision.CustomVision.Training/tests/SessionRecords);
// the integration follows the guide "Integrate Azure storage for notifications
// and backup" (learn.microsoft.com, ai-services/custom-vision-service/storage-integration).
//
// It does not model prediction, publishing, performance, suggestions, image
// metadata, project import and copy, quotas and rate limits, or the learning
// itself: every sound training succeeds, and a model is a few reproducible bytes.
// Domain documents are the v3.4-preview ones on both versions.
//
// # Where the public sources are silent
//
// The fake chooses, and keeps to it:
//   - The two URIs are taken from the query and from a JSON body, on both
//     versions; the query wins. An update may set them; "" clears, null and
//     absence keep.
//   - The check comes before the answer, the container first. Storage that
//     refuses is a 400 BadRequestInvalidUri and nothing is made or changed. A
//     URI equal to the one in force is not checked again.
//   - The test blob is Customvision-TestPermission/{GUID}, and is deleted at once.
//   - Messages are compact JSON as plain text. One that cannot be sent is
//     logged and dropped.
//   - Backups are named with spaces round the hyphen, as printed in the guide.
//     A flavour is appended to the name, so flavours do not overwrite each other.
//   - Without a container modelUri is a link to the model in the service's own
//     storage; a failed export has null. An export whose backup cannot be
//     stored has failed.
//   - A path-style storage URI names account and container; a host that has
//     "blob" or "queue" as a label after its first names the container only.
//   - A name in use gets " (1)" on create (recorded for imports) and is
//     refused on update. An update's status is accepted and ignored.
//   - A failed export may be asked for again; any other only once.
//   - A duplicate image keeps the tags it had.
//
// Extend it when the integration's contract needs another call. Stop before it
// has to recognise an image or to know who is testing it.
package customvision
