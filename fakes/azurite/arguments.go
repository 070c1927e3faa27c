package azurite

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// readyLine is the beginning of the last line that Azurite prints before all its services accept requests.
const readyLine = "Azurite Table service is successfully listening"

// arguments returns the command-line arguments of Azurite, in a container and as a process, with its data in folder.
//
//   - There is no --inMemoryPersistence, because its garbage collection freezes Azurite for seconds.
//   - API versions are not checked, because the SDKs use newer ones than Azurite knows.
//   - Idle connections are kept for a minute, because Azurite's default of 5 s resets clients that reuse one.
//   - There is no access log, because it makes Azurite a fifth slower.
func arguments(folder string, more ...string) []string {
	return append([]string{
		"--disableTelemetry", "--skipApiVersionCheck", "--disableProductStyleUrl", "--silent",
		"--blobKeepAliveTimeout", "60", "--queueKeepAliveTimeout", "60",
		"-l", folder,
	}, more...)
}

// fetchVersion returns the version in the Server header of Azurite's responses, for example Azurite-Blob/3.37.0.
func fetchVersion(ctx context.Context, client *http.Client, blob *url.URL) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, blob.String(), nil)
	if err != nil {
		return "", err
	}
	request.Close = true
	response, err := client.Do(request)
	if err != nil {
		return "", fmt.Errorf("request the version of Azurite: %w", err)
	}
	defer response.Body.Close()
	version, ok := strings.CutPrefix(response.Header.Get("Server"), "Azurite-Blob/")
	if !ok {
		return "", fmt.Errorf("%s is not Azurite: its Server header is %q", blob, response.Header.Get("Server"))
	}
	return version, nil
}
