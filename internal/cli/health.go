package cli

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

const (
	// healthTimeout limits the request.
	healthTimeout = 4 * time.Second
	// maxHealthBody is the number of bytes of a response that are shown.
	maxHealthBody = 1 << 10
)

const healthHelp = `Check whether a fake serves, by a request to its control plane at URL, or at the address in
CVCONFORM_CONTROL. Exit code 0 means that it serves, 1 that it does not or is stopping. The
container image uses this as its health check.`

func newHealth(w Runtime) *cobra.Command {
	return &cobra.Command{
		Use:   "health [URL]",
		Short: "Check whether a fake serves (exit code 0, or 1 if it does not)",
		Long:  healthHelp,
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			address := w.Env("CVCONFORM_CONTROL")
			if len(args) > 0 {
				address = args[0]
			}
			target, err := healthURL(address)
			if err != nil {
				return err
			}
			if err := requestHealth(c.Context(), target, w.Stdout); err != nil {
				fmt.Fprintf(w.Stderr, "cvconform: not healthy: %v\n", err)
				return exitError{code: Unhealthy}
			}
			return nil
		},
	}
}

// healthURL returns the URL of the health resource for the address that a control
// plane listens on, or for its URL.
func healthURL(address string) (string, error) {
	const hint = "for example http://127.0.0.1:8081, or the address of cvconform serve --control"
	if address == "" {
		return "", usage(hint, "give the URL of a control plane, or set CVCONFORM_CONTROL")
	}
	if !strings.Contains(address, "://") {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return "", usage(hint, "%q is neither a URL nor an address: %w", address, err)
		}
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			host = "127.0.0.1"
		}
		address = "http://" + net.JoinHostPort(host, port)
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return "", usage(hint, "%q is not the URL of a control plane", address)
	}
	return u.JoinPath("health").String(), nil
}

// requestHealth requests the health resource and copies its body to out. It returns an
// error if the status is not 200.
func requestHealth(ctx context.Context, target string, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxHealthBody))
	if err != nil {
		return fmt.Errorf("read the response of %s: %w", target, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s responded %s: %s", target, response.Status, strings.TrimSpace(string(body)))
	}
	_, err = out.Write(body)
	return err
}
