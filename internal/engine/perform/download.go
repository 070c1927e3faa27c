package perform

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// downloadLink gets what is behind a link that the service gave out, and records it.
// A link into the account's storage is followed with the harness's own
// credential, around the gateway; any other plainly, without one, and again where
// [training.Pause] says so.
func (p *execution) downloadLink(ctx context.Context, j *project, name, subject, link string) {
	d := evidence.Download{Link: name, Subject: subject, URL: link, Began: p.Now(), Via: "plain"}
	get := func(ctx context.Context, w io.Writer) (answer, error) { return p.downloadOverHTTP(ctx, link, w) }
	if container, blob, ok := p.inStorage(link); ok {
		d.Via = "account"
		get = func(ctx context.Context, w io.Writer) (answer, error) { return p.fromAccount(ctx, container, blob, w) }
	}
	for {
		x := p.try(ctx, &d, get)
		pause, again := client.RetryDelay(x, len(d.Refused)+1, p.Budgets[budget.Request])
		if !again || clock.Sleep(ctx, pause) != nil {
			break
		}
		d.Refused = append(d.Refused, client.NewRefusal(x))
	}
	p.record(evidence.Event{Kind: evidence.KindDownload, Project: j.label, Download: &d})
}

// excerptBytes is how much of a refusal is looked at for an excerpt.
const excerptBytes = 1 << 10

// An answer is what a download was answered with: its status, 0 for none, and when
// to come again.
type answer struct {
	status int
	header map[string]string
}

// try gets the content once, within the budget of a call, into the download. It says
// how that was answered.
func (p *execution) try(
	ctx context.Context,
	d *evidence.Download,
	get func(context.Context, io.Writer) (answer, error),
) evidence.Exchange {
	limit := p.Budgets[budget.Request]
	tried, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	x := evidence.Exchange{Method: http.MethodGet, Began: p.Now()}
	c, err := fetch(func(w io.Writer) error {
		a, err := get(tried, w)
		x.Status, x.Header = a.status, a.header
		return err
	}, p.StoreContent)
	x.Ended = p.Now()
	d.Status, d.Error = x.Status, ""
	switch {
	case err != nil && errors.Is(tried.Err(), context.DeadlineExceeded) && ctx.Err() == nil:
		d.Error = fmt.Sprintf("it was not there within %s (budget request)", limit)
	case err != nil:
		d.Error = err.Error()
	}
	d.Length, d.SHA256, d.Entries = c.length, c.sum, c.entries
	return x
}

func (p *execution) downloadOverHTTP(ctx context.Context, link string, w io.Writer) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return answer{}, err
	}
	res, err := p.LinkClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	a := answer{
		status: res.StatusCode,
		header: map[string]string{trainingapi.RetryAfter: res.Header.Get(trainingapi.RetryAfter)},
	}
	var begin bytes.Buffer
	if _, err := io.Copy(w, io.MultiReader(io.TeeReader(io.LimitReader(res.Body, excerptBytes), &begin), res.Body)); err != nil {
		return a, fmt.Errorf("read the content: %w", err)
	}
	if to := res.Header.Get("Location"); to != "" && a.status >= 300 && a.status <= 399 {
		return a, fmt.Errorf("answered %s (redirect to %s, not followed)", res.Status, to)
	}
	if a.status != http.StatusOK {
		return a, fmt.Errorf(
			"answered %s: %s",
			res.Status,
			trainingapi.Truncate(strings.ToValidUTF8(begin.String(), "\uFFFD")),
		)
	}
	return a, nil
}

func (p *execution) fromAccount(ctx context.Context, container, blob string, w io.Writer) (answer, error) {
	if err := p.Account.Download(ctx, container, blob, w); err != nil {
		return answer{status: http.StatusNotFound}, err
	}
	return answer{status: http.StatusOK}, nil
}

// inStorage takes a URL on the gateway, where one stands, or on storage itself
// that carries no signature apart: which container, which blob.
func (p *execution) inStorage(link string) (container, blob string, ok bool) {
	u, err := url.Parse(link)
	if err != nil || u.Query().Has("sig") {
		return "", "", false
	}
	roots := []*url.URL{p.Account.BlobEndpoint()}
	if gateway := p.Observer.BlobURL(); gateway != nil {
		roots = append(roots, gateway.JoinPath(p.Account.Name()))
	}
	for _, root := range roots {
		path, below := strings.CutPrefix(u.Path, strings.TrimSuffix("/"+strings.Trim(root.Path, "/"), "/")+"/")
		if container, blob, ok = strings.Cut(path, "/"); ok && below && u.Host == root.Host {
			return container, blob, true
		}
	}
	return "", "", false
}

// A content is what a model or a backup consists of.
type content struct {
	length  int64
	sum     string
	entries map[string]string // of a zip archive
}

// fetch takes the content in through a temporary file, so that a large model
// needs no memory, and gives a whole one to keep; nil means nobody keeps it.
func fetch(get func(io.Writer) error, keep func(sum string, length int64, content io.ReaderAt)) (c content, err error) {
	file, err := os.CreateTemp("", "cvconform-model-")
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	sum := sha256.New()
	count := &countingWriter{}
	if err := get(io.MultiWriter(file, sum, count)); err != nil {
		return content{length: count.n}, err
	}
	c = content{length: count.n, sum: hex.EncodeToString(sum.Sum(nil)), entries: evidence.Entries(file, count.n)}
	if keep != nil {
		keep(c.sum, c.length, file)
	}
	return c, nil
}

type countingWriter struct{ n int64 }

func (c *countingWriter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}
