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
	// healthTimeout bounds one question.
	healthTimeout = 4 * time.Second
	// healthBody is how much of an answer is shown, in bytes.
	healthBody = 1 << 10
)

func newHealth(w Runtime) *cobra.Command {
	return &cobra.Command{
		Use:   "health [URL]",
		Short: "Ask the control plane of a fake whether it serves (exit code 0, or 1 where it does not)",
		Long: "Ask the control plane of a fake whether it serves: the one at URL, else at the address in CVCONFORM_CONTROL.\n" +
			"Exit code 0 means that it does, 1 that it does not, or is stopping. It is the health check of the container image.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			address := w.Env("CVCONFORM_CONTROL")
			if len(args) > 0 {
				address = args[0]
			}
			target, err := healthURL(address)
			if err != nil {
				return err
			}
			if err := askHealth(c.Context(), target, w.Stdout); err != nil {
				fmt.Fprintf(w.Stderr, "cvconform: not healthy: %v\n", err)
				return exitError{code: Unhealthy}
			}
			return nil
		},
	}
}

// healthURL makes a URL of the address that a control plane listens on, or of
// the URL of one.
func healthURL(address string) (string, error) {
	const hint = "for example http://127.0.0.1:8081, or the address of serve --control"
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

// askHealth prints the answer; the error says what was wrong with it.
func askHealth(ctx context.Context, target string, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, healthBody))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", target, err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s: %s", target, answer.Status, strings.TrimSpace(string(body)))
	}
	_, err = out.Write(body)
	return err
}
