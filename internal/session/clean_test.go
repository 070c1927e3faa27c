package session

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/userr"
)

// A container with a lease cannot be deleted. It ends with the Azurite of the run, but stays in other storage.
func TestContainerThatCannotBeDeleted(t *testing.T) {
	var lines []string
	notes := NewNotes(Settings{Output: Output{Progress: func(p Progress) { lines = append(lines, p.Line) }}})
	leased := naming.Container(notes.RunID, 1, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		if r.Method == http.MethodDelete {
			w.Header().Set("x-ms-error-code", "LeaseIdMissing")
			w.WriteHeader(http.StatusPreconditionFailed)
			return
		}
		_, _ = fmt.Fprintf(w, "<EnumerationResults><Containers><Container><Name>%s</Name></Container></Containers>"+
			"<Queues/></EnumerationResults>", leased)
	}))
	t.Cleanup(server.Close)
	account, err := storage.Open(fmt.Sprintf("AccountName=a;AccountKey=a2V5;BlobEndpoint=%[1]s/a;QueueEndpoint=%[1]s/a",
		server.URL), storage.Options{})
	require.NoError(t, err)

	own := Settings{Storage: StorageSettings{Kind: "process"}}
	require.NoError(t, deleteRunResources(t.Context(), own, account, notes))
	require.Len(t, lines, 1)
	assert.Contains(t, lines[0], "warning: ")
	assert.Contains(t, lines[0], leased)

	var left *userr.LeftBehindError
	other := Settings{Storage: StorageSettings{Kind: "external"}}
	require.ErrorAs(t, deleteRunResources(t.Context(), other, account, notes), &left)
}
