package gateway

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/evidence"
)

func TestOperationNames(t *testing.T) {
	const blob, queue = evidence.Blob, evidence.Queue
	for _, c := range []struct {
		service        evidence.Service
		method, target string
		header, value  string
		want           string
	}{
		{blob, "PUT", "/a/c/b", "x-ms-blob-type", "BlockBlob", "PutBlob"},
		{blob, "PUT", "/a/c/b?sv=2026&sig=x", "", "", "PutBlob"},
		{blob, "PUT", "/a/c/b?comp=block&blockid=QQ==", "", "", "PutBlock"},
		{blob, "PUT", "/a/c/b?comp=blocklist", "", "", "PutBlockList"},
		{blob, "PUT", "/a/c/b?comp=appendblock", "", "", "AppendBlock"},
		{blob, "PUT", "/a/c/b?comp=page", "", "", "PutPage"},
		{blob, "PUT", "/a/c/b", "x-ms-copy-source", "http://s", "CopyBlob"},
		{blob, "PUT", "/a/c/b?comp=block", "x-ms-copy-source", "http://s", "PutBlockFromURL"},
		{blob, "PUT", "/a/c/b?comp=appendblock", "x-ms-copy-source", "http://s", "AppendBlockFromURL"},
		{blob, "PUT", "/a/c/b?comp=incrementalcopy", "x-ms-copy-source", "http://s", "IncrementalCopyBlob"},
		{blob, "GET", "/a/c/b", "", "", "GetBlob"},
		{blob, "HEAD", "/a/c/b", "", "", "GetBlobProperties"},
		{blob, "HEAD", "/a/c/b?comp=metadata", "", "", "GetBlobMetadata"},
		{blob, "DELETE", "/a/c/b", "", "", "DeleteBlob"},
		{blob, "PUT", "/a/c/b?comp=metadata", "", "", "SetBlobMetadata"},
		{blob, "PUT", "/a/c/b?comp=lease", "", "", "LeaseBlob"},
		{blob, "GET", "/a/c?restype=container&comp=list&prefix=x", "", "", "ListBlobs"},
		{blob, "PUT", "/a/c?restype=container", "", "", "CreateContainer"},
		{blob, "HEAD", "/a/c?restype=container", "", "", "GetContainerProperties"},
		{blob, "GET", "/a/c?restype=container", "", "", "GetContainerProperties"},
		{blob, "DELETE", "/a/c?restype=container", "", "", "DeleteContainer"},
		{blob, "GET", "/a?comp=list", "", "", "ListContainers"},
		{blob, "GET", "/a/?restype=service&comp=properties", "", "", "GetBlobServiceProperties"},
		{blob, "POST", "/a?restype=service&comp=userdelegationkey", "", "", "GetUserDelegationKey"},
		{blob, "PATCH", "/a/c/b?comp=new", "", "", "PATCH /new"},
		{blob, "PUT", "/a/c?restype=container&comp=new", "", "", "PUT container/new"},
		{queue, "POST", "/a/q/messages?visibilitytimeout=0", "", "", "PutMessage"},
		{queue, "GET", "/a/q/messages?numofmessages=32", "", "", "GetMessages"},
		{queue, "GET", "/a/q/messages?peekonly=true", "", "", "PeekMessages"},
		{queue, "DELETE", "/a/q/messages", "", "", "ClearMessages"},
		{queue, "PUT", "/a/q/messages/id?popreceipt=r", "", "", "UpdateMessage"},
		{queue, "DELETE", "/a/q/messages/id?popreceipt=r", "", "", "DeleteMessage"},
		{queue, "PUT", "/a/q", "", "", "CreateQueue"},
		{queue, "DELETE", "/a/q", "", "", "DeleteQueue"},
		{queue, "GET", "/a/q?comp=metadata", "", "", "GetQueueMetadata"},
		{queue, "HEAD", "/a/q?comp=metadata", "", "", "GetQueueMetadata"},
		{queue, "GET", "/a?comp=list", "", "", "ListQueues"},
		{queue, "GET", "/a/q/other", "", "", "GET /"},
	} {
		t.Run(c.want+" "+c.target, func(t *testing.T) {
			r := httptest.NewRequest(c.method, c.target, nil)
			r.Host = "127.0.0.1:10000"
			if c.header != "" {
				r.Header.Set(c.header, c.value)
			}
			assert.Equal(t, c.want, operationName(c.service, parseAddress(c.service, "127.0.0.1", r), r))
		})
	}
}

func TestCopyNames(t *testing.T) {
	h := http.Header{}
	h.Set("x-ms-copy-source", "http://s")
	assert.Equal(t, "CopyBlob", copyName("PutBlob", h))
	h.Set("x-ms-requires-sync", "true")
	assert.Equal(t, "CopyBlobFromURL", copyName("PutBlob", h))
	h.Set("x-ms-blob-type", "BlockBlob")
	assert.Equal(t, "PutBlobFromURL", copyName("PutBlob", h))
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		name, own, host, target string
		want                    address
	}{
		{"IP address", "127.0.0.1", "127.0.0.1:10000", "/acc/c/x/y", address{"acc", "c", "x/y"}},
		{"IPv6 address", "::1", "[::1]:10000", "/acc/c/x", address{"acc", "c", "x"}},
		{"localhost", "127.0.0.1", "localhost:1", "/acc/c", address{"acc", "c", ""}},
		{"dotless alias", "127.0.0.1", "azurite:1", "/acc", address{"acc", "", ""}},
		{"Docker's host", "127.0.0.1", "host.docker.internal:1", "/acc/c/x", address{"acc", "c", "x"}},
		{"the gateway's own name", "host.testcontainers.internal", "host.testcontainers.internal:1", "/acc/c/x",
			address{"acc", "c", "x"}},
		{"host-style", "127.0.0.1", "acc.blob.core.windows.net", "/c/x", address{"acc", "c", "x"}},
		{"host-style on the gateway's own name", "acc.blob.localhost", "acc.blob.localhost:1", "/c/x",
			address{"acc", "c", "x"}},
		{"escaped slash", "127.0.0.1", "127.0.0.1", "/acc/c/Customvision-TestPermission%2Fx",
			address{"acc", "c", "Customvision-TestPermission/x"}},
		{"decoded once", "127.0.0.1", "127.0.0.1", "/acc/c/100%2525", address{"acc", "c", "100%25"}},
		{"plus, double slash, dots", "127.0.0.1", "127.0.0.1", "/acc/c/a+b//./../", address{"acc", "c", "a+b//./../"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", c.target, nil)
			r.Host = c.host
			assert.Equal(t, c.want, parseAddress(evidence.Blob, c.own, r))
		})
	}
}

func TestAuthKinds(t *testing.T) {
	for header, want := range map[string]string{
		"SharedKey acc:x": "sharedkey", "SharedKeyLite acc:x": "sharedkey", "Bearer x": "bearer", "bearer x": "bearer",
		"": "anonymous", "Basic x": "anonymous",
	} {
		r := httptest.NewRequest("GET", "/a/c", nil)
		r.Header.Set("Authorization", header)
		assert.Equal(t, want, authKind(r), header)
	}
	assert.Equal(t, "sas", authKind(httptest.NewRequest("GET", "/a/c?sv=1&sig=x", nil)))
}
