package customvision

// handler handles one operation. It returns a value to send as JSON (nil means status 204), or an error, which
// should be an [apiError].
type handler func(*Server, *request) (any, error)

// route is one operation of the API description, named by its operationId.
type route struct {
	operation, method, path string
	limit                   int64
	handle                  handler
}
