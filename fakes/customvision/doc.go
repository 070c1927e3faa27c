// Package customvision is a fake of the Azure Custom Vision Training service,
// for development and tests without a cloud: every operation of the API
// versions v3.3 and v3.4-preview, and the storage integration. [New] gives an
// http.Handler; listener, TLS and port are the caller's, and [NewHTTPServer]
// has the limits that a listener needs.
//
// Documents have the members, order and time format of public recordings of the
// real service (Azure/azure-sdk-for-net,
// sdk/cognitiveservices/Vision.CustomVision.Training/tests/SessionRecords), else
// of the API descriptions (Azure/azure-rest-api-specs,
// cognitiveservices/data-plane/CustomVision/Training). The integration follows
// the guide "Integrate Azure storage for notifications and backup"
// (learn.microsoft.com, ai-services/custom-vision-service/storage-integration).
//
// # What is modelled
//
// Domains; projects, their export and import by token; tags; images by data,
// files, URLs and predictions, with regions, metadata, filters and links to the
// pictures; trainings, iterations, their publication, performance, exports and
// artifacts; quick tests and stored predictions; suggestions. The connection
// check when a project gets a queue or a container, the Training and Export
// messages, and the backup of every exported model. The limits of images (6 MB,
// 10,240 pixels), batches (64 images) and iterations (20).
//
// [Server.Control] and the methods beside it provoke failures, faults on the way
// in and on the way to storage, rate limits among them; they set durations, put
// the clock forward, reset, and show every exchange. See packages control, fault
// and journal. No call is answered with 501. [Server.Seed] starts from projects
// that are there already, trained and exported, which a reset comes back to;
// package seed reads them from a file.
//
// [Options.Defects] make the fake break the storage integration's contract on
// purpose, one way at a time; package defect has the catalogue.
//
// # What is not modelled
//
//   - Learning. Every sound training succeeds, an exported model is a few
//     reproducible bytes, and what a model would be asked (quick tests,
//     suggestions, proposals of regions, performance) is answered by package
//     oracle: deterministically from the images and tags, recognising nothing.
//   - The prediction endpoint: predictions come from quick tests alone.
//   - Callers' roles: one key, which may do all.
//   - Managed identities: storage is reached by an account's key or by a SAS.
//   - Quotas of tiers, and rates, unless a fault asks for a 429.
//   - Bodies in XML or as forms, which the descriptions list: they are a 415.
//   - E-mail about trainings: the address is checked and nothing is sent.
//   - The rules of Advanced training about domains and platforms.
//
// Domain documents are the recorded v3.4-preview ones on both versions, but
// v3.3 neither lists nor exports OpenVino for an iteration. IVS is no platform.
//
// # Memory
//
// All is kept in memory: about 0.7 KB for a project with its integration
// (BenchmarkManyProjects), and the bytes of its images, once for the workspace
// and all iterations and copies together.
//
// # Where the public sources are silent
//
// The fake chooses, and keeps to it.
//
// Storage integration:
//   - The two URIs are taken from the query and from a JSON body, on both
//     versions; the query wins. An update may set them; "" clears, null and
//     absence keep.
//   - The check comes before the answer, the container first. Storage that
//     refuses is a 400 BadRequestInvalidUri and nothing is made or changed. A
//     URI equal to the one in force is not checked again.
//   - The test blob is Customvision-TestPermission/{GUID}, and is deleted at once.
//   - Messages are compact JSON as plain text. One that cannot be sent is
//     logged and dropped; one whose answer is lost is not sent again.
//   - Backups are named with spaces round the hyphen, as printed in the guide.
//     A flavour is appended to the name, so flavours do not overwrite each other.
//   - Without a container modelUri is a link to the model in the service's own
//     storage; a failed export has null. An export whose backup cannot be
//     stored has failed.
//   - A path-style storage URI names account and container; a host that has
//     "blob" or "queue" as a label after its first names the container only.
//
// Projects:
//   - A name in use gets " (1)" on create (recorded for imports) and is
//     refused on update. An update's status is accepted and ignored.
//   - The thumbnail is that of the first image.
//   - One that has a published iteration cannot be deleted.
//   - An export replaces the one before; its token ends with the project, and
//     after a day. It is refused while a training runs.
//   - A project that is being imported is empty, and can be read or deleted
//     only. The integration, publications, exports and predictions are not
//     copied; estimatedImportTimeInMS is what the import will take.
//
// Images:
//   - One whose longer side is at most 1600 pixels (the largest recorded) is its
//     own resized picture; a larger one has a JPEG of 1600. Thumbnails are JPEGs
//     of 256. Nothing is enlarged; what cannot be decoded is given as it is.
//   - ErrorImageSize is more than 6 MB, 10,240 pixels or 25:1, ErrorInvalidRegion
//     a box that leaves the image, ErrorSource a URL that cannot be had: its host
//     may not be on the allow-list.
//   - A duplicate keeps its tags, and gets regions that are new to it.
//   - 100 tags (Multiclass one, detection 300) and 300 regions on an image.
//   - In a filter "and" binds closer than "or"; a key that is absent equals nothing.
//   - Unknown images are 404 NotFoundImage, unknown tags in a body 400
//     BadRequestImageTags, unknown regions 400 BadRequestImageRegions, too many
//     of anything BadRequestExceededBatchSize; such a call changes nothing.
//
// Iterations and models:
//   - A training that is deleted ends without a message. Failed ones count
//     among the 20.
//   - Training learns from tags, in detection from regions; it is not needed
//     again while images, tags, regions and its parameters are the same.
//   - A failed export may be asked for again; any other only once.
//   - Publishing under a name in use unpublishes the other with overwrite, and
//     is refused without. A published iteration cannot be deleted or published
//     again (seen in public).
//   - Performance is that on the images of the training, with thresholds of 0.5
//     and 0.3 by default; without a training it is 404 NotFoundIterationPerformance.
//   - A quick test without an iteration asks the one trained last. Predictions
//     outlive their iteration. "Suggested" puts the least certain first.
//   - Suggestions are for every untagged image; a suggestion's id is the image's
//     (recorded). A classification has no proposals of regions.
//
// Extend it when one of its clients needs what the real service does. Stop before
// it has to recognise an image or to know who is testing it.
package customvision
