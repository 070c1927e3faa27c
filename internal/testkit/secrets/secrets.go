// Package secrets has secrets of every kind that evidence must not show, for tests of redaction. None of them opens
// anything.
package secrets

import (
	"github.com/cvconform/cvconform/fakes/azurite/devaccount"
	"github.com/cvconform/cvconform/internal/evidence/redact"
)

// The secrets.
const (
	TrainingKey = "0123456789abcdef0123456789abcdef"
	AccountKey  = devaccount.Key
	Signature   = "k9/LJq+0jVdX2xVnO4Jb7w5hVvzZ3mYt0f6sQ1oUu8c=" // of a SAS, not percent-encoded
)

// Redactor returns a redactor that knows both keys.
func Redactor() *redact.Redactor {
	r := &redact.Redactor{}
	r.AddSecret("training-key", TrainingKey)
	r.AddSecret("account-key", AccountKey)
	return r
}
