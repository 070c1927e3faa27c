package gateway

import (
	"net/http"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
)

// Names of operations from the Azure Storage REST reference, by method and the restype and comp of the query. A HEAD
// without an entry of its own is looked up as GET.
var (
	blobAccountNames = map[string]string{
		"GET /list":                      "ListContainers",
		"GET service/properties":         "GetBlobServiceProperties",
		"PUT service/properties":         "SetBlobServiceProperties",
		"GET service/stats":              "GetBlobServiceStats",
		"POST service/userdelegationkey": "GetUserDelegationKey",
		"GET account/properties":         "GetAccountInformation",
		"GET /blobs":                     "FindBlobsByTags",
		"POST /batch":                    "BlobBatch",
	}
	containerNames = map[string]string{
		"PUT container/":         "CreateContainer",
		"GET container/":         "GetContainerProperties",
		"DELETE container/":      "DeleteContainer",
		"GET container/metadata": "GetContainerMetadata",
		"PUT container/metadata": "SetContainerMetadata",
		"GET container/acl":      "GetContainerACL",
		"PUT container/acl":      "SetContainerACL",
		"PUT container/lease":    "LeaseContainer",
		"PUT container/undelete": "RestoreContainer",
		"GET container/list":     "ListBlobs",
		"GET container/blobs":    "FindBlobsByTagsInContainer",
		"POST container/batch":   "BlobBatch",
		"GET account/properties": "GetAccountInformation",
	}
	blobNames = map[string]string{
		"PUT /":                     "PutBlob",
		"GET /":                     "GetBlob",
		"HEAD /":                    "GetBlobProperties",
		"DELETE /":                  "DeleteBlob",
		"PUT /block":                "PutBlock",
		"PUT /blocklist":            "PutBlockList",
		"GET /blocklist":            "GetBlockList",
		"PUT /appendblock":          "AppendBlock",
		"PUT /seal":                 "AppendBlobSeal",
		"PUT /page":                 "PutPage",
		"GET /pagelist":             "GetPageRanges",
		"PUT /metadata":             "SetBlobMetadata",
		"GET /metadata":             "GetBlobMetadata",
		"PUT /properties":           "SetBlobProperties",
		"PUT /tags":                 "SetBlobTags",
		"GET /tags":                 "GetBlobTags",
		"PUT /lease":                "LeaseBlob",
		"PUT /snapshot":             "SnapshotBlob",
		"PUT /undelete":             "UndeleteBlob",
		"PUT /tier":                 "SetBlobTier",
		"PUT /expiry":               "SetBlobExpiry",
		"PUT /copy":                 "AbortCopyBlob",
		"PUT /incrementalcopy":      "IncrementalCopyBlob",
		"POST /query":               "QueryBlobContents",
		"PUT /immutabilityPolicies": "SetBlobImmutabilityPolicy",
		"PUT /legalhold":            "SetBlobLegalHold",
		"GET account/properties":    "GetAccountInformation",
	}
	queueAccountNames = map[string]string{
		"GET /list":              "ListQueues",
		"GET service/properties": "GetQueueServiceProperties",
		"PUT service/properties": "SetQueueServiceProperties",
		"GET service/stats":      "GetQueueServiceStats",
	}
	queueNames = map[string]string{
		"PUT /":         "CreateQueue",
		"DELETE /":      "DeleteQueue",
		"GET /metadata": "GetQueueMetadata",
		"PUT /metadata": "SetQueueMetadata",
		"GET /acl":      "GetQueueACL",
		"PUT /acl":      "SetQueueACL",
	}
	messagesNames = map[string]string{
		"POST /":   "PutMessage",
		"GET /":    "GetMessages",
		"DELETE /": "ClearMessages",
	}
	messageNames = map[string]string{
		"PUT /":    "UpdateMessage",
		"DELETE /": "DeleteMessage",
	}
)

// operationName returns the name of a request in the REST reference, or "METHOD restype/comp" for one that is not
// there.
func operationName(s evidence.Service, a address, r *http.Request) string {
	query := r.URL.Query()
	parameters := " " + query.Get("restype") + "/" + query.Get("comp")
	names := namesFor(s, a)
	name, known := names[r.Method+parameters]
	if !known && r.Method == http.MethodHead {
		name, known = names[http.MethodGet+parameters]
	}
	switch {
	case !known:
		return r.Method + parameters
	case name == "GetMessages" && strings.EqualFold(query.Get("peekonly"), "true"):
		return "PeekMessages"
	case r.Header.Get("x-ms-copy-source") != "":
		return copyName(name, r.Header)
	}
	return name
}

// namesFor returns the names of the operations on the resource at an address: the account, a container, a blob, a
// queue, the messages of a queue or one of them.
func namesFor(s evidence.Service, a address) map[string]string {
	below, id, _ := strings.Cut(a.object, "/")
	switch {
	case s == evidence.Blob && a.container == "":
		return blobAccountNames
	case s == evidence.Blob && a.object == "":
		return containerNames
	case s == evidence.Blob:
		return blobNames
	case a.container == "":
		return queueAccountNames
	case a.object == "":
		return queueNames
	case below == "messages" && id == "":
		return messagesNames
	case below == "messages":
		return messageNames
	}
	return nil
}

// copyName returns the name of an operation that takes its content from another URL, given that of the operation that
// takes it from the body.
func copyName(name string, h http.Header) string {
	switch {
	case name != "PutBlob":
		switch name {
		case "PutBlock", "AppendBlock", "PutPage":
			return name + "FromURL"
		}
		return name
	case h.Get("x-ms-blob-type") != "":
		return "PutBlobFromURL"
	case strings.EqualFold(h.Get("x-ms-requires-sync"), "true"):
		return "CopyBlobFromURL"
	}
	return "CopyBlob"
}
