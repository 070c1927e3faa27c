package storage

import (
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// value returns *p, or the zero value if p is nil.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// unquoteETag removes the quotes of an ETag. It has them in a header, but not in a list.
func unquoteETag(etag *azcore.ETag) string { return strings.Trim(string(value(etag)), `"`) }
