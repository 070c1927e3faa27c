package identity

import (
	"encoding/json"
	"net/http"
)

// apiVersion and headerName are parts of a request (REST endpoint reference).
const (
	apiVersion = "2019-08-01"
	headerName = "X-IDENTITY-HEADER"
)

// token is the response to a valid request. Its times are in seconds since 1970, as text (REST endpoint reference).
type token struct {
	AccessToken string `json:"access_token"`
	ClientID    string `json:"client_id"`
	ExpiresOn   string `json:"expires_on"`
	NotBefore   string `json:"not_before"`
	Resource    string `json:"resource"`
	TokenType   string `json:"token_type"`
}

// errorResponse is the response to any other request. The reference does not document its form; this is the form of the
// errors that users of the service have quoted in public.
type errorResponse struct {
	StatusCode int    `json:"statusCode"`
	Message    string `json:"message"`
}

func errMethod(method string) *errorResponse {
	return &errorResponse{http.StatusMethodNotAllowed, method + " is not supported."}
}

func errHeader() *errorResponse {
	return &errorResponse{http.StatusUnauthorized,
		headerName + " is missing, or is not the IDENTITY_HEADER of this endpoint."}
}

func errVersion(version string) *errorResponse {
	return &errorResponse{http.StatusBadRequest,
		"The api-version '" + version + "' is not supported. Use " + apiVersion + "."}
}

func errResource() *errorResponse {
	return &errorResponse{http.StatusBadRequest, "The query parameter resource is missing."}
}

func errIdentity() *errorResponse {
	return &errorResponse{http.StatusBadRequest, "This endpoint has no user-assigned identity. " +
		"Remove the query parameters client_id, principal_id, object_id and mi_res_id."}
}

func errSigning(err error) *errorResponse {
	return &errorResponse{http.StatusInternalServerError, err.Error()}
}

// write writes every response.
func write(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(document) // fails only if the caller has disconnected
}
