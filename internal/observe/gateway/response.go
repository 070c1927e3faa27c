package gateway

import (
	"bytes"
	"io"
	"net/http"
	"strings"
)

// invalidHeaderValue is the code with which storage refuses the value of a header, such as an API version that it does
// not know (REST reference, "Status and error codes").
const invalidHeaderValue = "InvalidHeaderValue"

// refusesVersion reports whether a response with code InvalidHeaderValue is about the API version. Azurite says so in
// the status line and in the message, the cloud in the member HeaderName.
func refusesVersion(status string, body []byte) bool {
	text := strings.ToLower(status + string(body))
	return strings.Contains(text, "api version") || strings.Contains(text, "x-ms-version")
}

// bufferBody returns the beginning of the body of a response, up to bufferLimit. It restores the body, including a read
// error.
func bufferBody(response *http.Response) []byte {
	body, err := io.ReadAll(io.LimitReader(response.Body, bufferLimit))
	rest := response.Body
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), withError(err, rest)), rest}
	return body
}
