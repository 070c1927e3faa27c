package identity

import (
	"encoding/json"
	"net/http"
)

// What a caller sends (REST endpoint reference).
const (
	apiVersion = "2019-08-01"
	headerName = "X-IDENTITY-HEADER"
)

// A token is the answer to who may ask; times are in seconds since 1970, as text
// (REST endpoint reference).
type token struct {
	AccessToken string `json:"access_token"`
	ClientID    string `json:"client_id"`
	ExpiresOn   string `json:"expires_on"`
	NotBefore   string `json:"not_before"`
	Resource    string `json:"resource"`
	TokenType   string `json:"token_type"`
}

// A refusal is the answer to everybody else. Its form is that of errors which
// people quote in public; no reference has it.
type refusal struct {
	StatusCode int    `json:"statusCode"`
	Message    string `json:"message"`
}

func notAllowed(method string) *refusal {
	return &refusal{http.StatusMethodNotAllowed, method + " is not supported."}
}

func unknownCaller() *refusal {
	return &refusal{http.StatusUnauthorized, headerName + " is missing, or is not the IDENTITY_HEADER of this endpoint."}
}

func unknownVersion(version string) *refusal {
	return &refusal{
		http.StatusBadRequest,
		"The api-version '" + version + "' is not supported: ask for " + apiVersion + ".",
	}
}

func noResource() *refusal {
	return &refusal{http.StatusBadRequest, "The resource that the token is for is missing."}
}

func noSuchIdentity() *refusal {
	return &refusal{
		http.StatusBadRequest,
		"There is no user-assigned identity here: ask without client_id, principal_id, object_id and mi_res_id.",
	}
}

func broken(err error) *refusal {
	return &refusal{http.StatusInternalServerError, err.Error()}
}

// write is the one place that answers.
func write(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(document) // who has left needs no answer
}
