// Package customvision is a fake of the Azure Custom Vision Training service for development and
// tests without a cloud. It implements every operation of the API versions v3.3 and v3.4-preview,
// and the storage integration: messages to a queue and backups to a container. The older versions v3.0,
// v3.1 and v3.2 are served like v3.3.
//
// [New] returns a [Server], which is an [http.Handler]. The caller provides the listener, TLS and
// port; [NewHTTPServer] returns an [http.Server] with suitable limits.
//
// # Sources
//
// Documents have the members, the order and the time format of public recordings of the real
// service (Azure/azure-sdk-for-net,
// sdk/cognitiveservices/Vision.CustomVision.Training/tests/SessionRecords). Members that were not
// recorded follow the API descriptions (Azure/azure-rest-api-specs,
// cognitiveservices/data-plane/CustomVision/Training). The storage integration follows the guide
// "Integrate Azure storage for notifications and backup" (learn.microsoft.com,
// ai-services/custom-vision-service/storage-integration).
//
// # What is modelled
//
// The API: domains; projects, and their export and import by token; tags; images from data, files,
// URLs and predictions, with regions, metadata, filters and links to their pictures; trainings;
// iterations with publication, performance, exports and artifacts; quick tests and stored
// predictions; suggestions. The Prediction API v3.0 and v3.1: published iterations classify or detect.
//
// The limits of images (6 MB, 10,240 pixels), batches (64 images) and
// iterations (20). No operation responds with status 501.
//
// The storage integration: the connection test when a project gets a queue or a container, the
// Training and Export messages, and the backup of every exported model.
//
// Faults: [Server.Control] and the related methods make trainings and exports fail, inject faults
// into requests and into storage operations (including rate limits), set durations, advance the
// clock, reset the server, and list every exchange. See packages control, fault and journal.
// [Server.Seed] creates an initial state with trained and exported projects, which [Server.Reset]
// restores; package seed reads it from a file. [Options.Defects] makes the fake violate the
// contract of the storage integration deliberately; package defect has the catalogue.
//
// # What is not modelled
//
//   - Learning. Every valid training succeeds, and an exported model consists of a few reproducible
//     bytes. Predictions, suggestions, region proposals and performance are derived from the images
//     and tags in a reproducible way, but nothing is recognised.
//   - Roles and bearer tokens of callers. The one key permits everything.
//   - Managed identities. Storage is accessed with an account key or a SAS, unless
//     [Options.Storage] does otherwise.
//   - Quotas of pricing tiers, and rate limits unless a fault injects status 429.
//   - Request bodies in XML or form encoding, which the descriptions list. They get status 415.
//   - E-mail about trainings. The address is validated and nothing is sent.
//   - The rules of Advanced training about domains and platforms.
//
// All versions return the domain documents recorded for v3.4-preview and the domains that were added
// since, but an iteration of v3.3 does not list or export OpenVino. IVS is not accepted as a platform.
//
// # Memory
//
// All state is kept in memory: about 0.7 KB for a project with its storage integration
// (BenchmarkManyProjects), and the bytes of its images, which the workspace, all iterations and
// copies share.
//
// # Choices of the fake
//
// Where the public record is silent, the fake behaves as follows.
//
// Storage integration:
//   - The two URIs are read from the query and from a JSON body, in both versions. The query takes
//     precedence. An update may set them: "" removes a URI; null or absence keeps it.
//   - The connection test precedes the response. The container is tested first. If a test fails,
//     the response is 400 BadRequestInvalidUri and nothing is created or changed. An update tests
//     the URIs that it names, even if they do not change.
//   - The test blob is CustomVision-TestPermission/{GUID} ([Options.TestFolder]). It is deleted immediately.
//   - Messages are compact JSON in plain text, or in Base64 with the option Base64Messages of package
//     azurestorage. Queue triggers of Azure Functions read Base64 unless they are configured otherwise.
//   - A message that cannot be sent is logged and dropped. If the response of the queue is lost, the
//     message is not sent again.
//   - The names of backups have spaces around the hyphen, as printed in the guide. A flavor is
//     appended to the name, so flavors do not overwrite each other.
//   - Without a container, modelUri is a link to the model in the service's own storage. It is null
//     for a failed export. An export fails if its backup cannot be stored.
//   - A path-style storage URI names the account and the container. If a label of the host after
//     the first is "blob" or "queue", the path names only the container or queue.
//
// Lists:
//   - Projects and images are listed newest first, tags by their ids (recorded), and iterations oldest
//     first (there is no record with more than one).
//
// Requests:
//   - A response without access has the reason phrase "Access Denied" over HTTP/1, and closes the
//     connection. A POST without a length gets 411 (public record).
//   - A batch of images that has another form is empty (public record).
//   - Web pages of every origin may call the API, because browsers are a supported place of the npm
//     client.
//
// Links:
//   - Models, pictures and tokens are blobs of the service's own storage, behind a SAS for reading
//     (recorded), in an account that is the first segment of the path. They are served as the Blob
//     service of Azure Storage does: ranges, headers, and errors in XML. That account cannot be listed
//     or written.
//
// Projects:
//   - If a name is in use, " (1)" is appended on creation (recorded for imports); an update is
//     refused. The status in an update is accepted and ignored.
//   - The thumbnail is that of the first image.
//   - A project with a published iteration cannot be deleted.
//   - An export replaces the previous one. Its token is valid for one day or until the project is
//     deleted. A project cannot be exported during a training.
//   - A project that is being imported is empty, and can only be read or deleted. The storage
//     integration, publications, exports and predictions are not copied. estimatedImportTimeInMS is
//     the duration of the import.
//
// Images:
//   - An image whose longer side has at most 1600 pixels (the largest recorded) is its own resized
//     picture. For a larger one it is a JPEG of 1600 pixels. Thumbnails are JPEGs of at most 256
//     pixels. Nothing is enlarged. Data that cannot be decoded is returned unchanged.
//   - ErrorImageSize means more than 6 MB, 10,240 pixels or an aspect ratio of 25.
//     ErrorInvalidRegion means a box that exceeds the image. ErrorSource means that a URL cannot be
//     fetched, possibly because its host is not in [Options.ImageHosts].
//   - A duplicate keeps its tags and gets the regions that it does not have yet.
//   - An image has at most 300 regions and 100 tags (one with Multiclass, 300 in object detection).
//   - In a filter "and" binds more tightly than "or". A missing key equals no value.
//   - Unknown images give 404 NotFoundImage, unknown tags in a body 400 BadRequestImageTags,
//     unknown regions 400 BadRequestImageRegions, and too many items 400
//     BadRequestExceededBatchSize. Such a request changes nothing.
//
// Iterations and models:
//   - If a running training is deleted, no message is sent. Failed trainings count towards the
//     limit of 20.
//   - A training learns from tags, or in object detection from regions. Another training is refused
//     as unnecessary while the images, tags, regions and parameters are the same.
//   - A failed export can be requested again; any other export only once.
//   - If a name is in use, publishing with overwrite unpublishes the other iteration; without
//     overwrite it is refused. A published iteration cannot be deleted or published again (public
//     record).
//   - Performance is measured on the images of the training, with default thresholds of 0.5 and
//     0.3. Without a training it gives 404 NotFoundIterationPerformance.
//   - A quick test without an iteration uses the one trained last. Predictions are kept when their
//     iteration is deleted. The order "Suggested" lists the least certain first.
//   - Suggestions are made for every untagged image. The id of a suggestion is that of its image
//     (recorded). A classification project has no region proposals.
//
// # Extending the fake
//
// Extend the package when a client needs another behaviour of the real service. Stop before it has
// to recognise an image or to know which test is running.
package customvision
