package azurite

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// arguments are Azurite's, whatever runs it, with its data in folder. Not --inMemoryPersistence: its collector freezes
// the whole process for seconds. The SDKs are ahead of Azurite's API versions, so those go unchecked; it keeps idle
// connections for a minute, since its 5 s reset clients that reuse one; and the access log costs a fifth of the speed.
func arguments(folder string, more ...string) []string {
	return append([]string{
		"--disableTelemetry", "--skipApiVersionCheck", "--disableProductStyleUrl", "--silent",
		"--blobKeepAliveTimeout", "60", "--queueKeepAliveTimeout", "60",
		"-l", folder,
	}, more...)
}

// readyLine is the last of Azurite's output before it serves everything.
const readyLine = "Azurite Table service is successfully listening"

// askVersion reads the version from the Server header that Azurite puts on any answer, for example Azurite-Blob/3.37.0.
func askVersion(ctx context.Context, client *http.Client, blob *url.URL) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, blob.String(), nil)
	if err != nil {
		return "", err
	}
	request.Close = true
	response, err := client.Do(request)
	if err != nil {
		return "", fmt.Errorf("ask Azurite for its version: %w", err)
	}
	defer response.Body.Close()
	version, ok := strings.CutPrefix(response.Header.Get("Server"), "Azurite-Blob/")
	if !ok {
		return "", fmt.Errorf("%s is no Azurite: its Server header is %q", blob, response.Header.Get("Server"))
	}
	return version, nil
}
