package customvision

// handler answers one call: with a value to write as JSON (nil for 204), or
// with an error, best an [apiError].
type handler func(*Server, *request) (any, error)

// route is one operation of the API description, by its operationId.
type route struct {
	operation, method, path string
	limit                   int64
	handle                  handler
}
