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
	"github.com/cvconform/cvconform/internal/textfmt"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// A download is a link that the service gave out.
type download struct {
	name    string // member that has the link: modelUri, downloadUri
	subject string // platform of the model
	link    string
}

// A getter gets the content of a link once.
type getter func(context.Context, io.Writer) (linkResponse, error)

// A linkResponse is the response to a request for a link.
type linkResponse struct {
	status int // 0 if there was none
	header map[string]string
}

// downloadLink gets the content of a link and records the download. For a link into the storage account it uses the
// harness's own credential and no gateway. It requests any other link without a credential. It retries as
// [client.RetryDelay] decides.
func (c caller) downloadLink(ctx context.Context, j *project, l download) {
	d := evidence.Download{Link: l.name, Subject: l.subject, URL: l.link, Began: c.Now(), Via: "plain"}
	get := func(ctx context.Context, w io.Writer) (linkResponse, error) {
		return getOverHTTP(ctx, c.LinkClient, l.link, w)
	}
	if container, blob, ok := c.findInStorage(l.link); ok {
		d.Via = "account"
		get = func(ctx context.Context, w io.Writer) (linkResponse, error) {
			return c.getFromAccount(ctx, container, blob, w)
		}
	}
	for {
		x := c.tryDownload(ctx, &d, get)
		delay, retry := client.RetryDelay(x, len(d.Refused)+1, c.Budgets[budget.Request])
		if !retry || clock.Sleep(ctx, delay) != nil {
			break
		}
		d.Refused = append(d.Refused, client.NewRefusal(x))
	}
	c.record(evidence.Event{Kind: evidence.KindDownload, Project: j.label, Download: &d})
}

// tryDownload gets the content once, within the budget of a request, into d. It returns the response as an exchange.
func (c caller) tryDownload(ctx context.Context, d *evidence.Download, get getter) evidence.Exchange {
	limit := c.Budgets[budget.Request]
	attempt, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	x := evidence.Exchange{Method: http.MethodGet, Began: c.Now()}
	got, err := fetch(func(w io.Writer) error {
		res, err := get(attempt, w)
		x.Status, x.Header = res.status, res.header
		return err
	}, c.StoreContent)
	x.Ended = c.Now()
	d.Status, d.Error = x.Status, ""
	switch {
	case err != nil && errors.Is(attempt.Err(), context.DeadlineExceeded) && ctx.Err() == nil:
		d.Error = fmt.Sprintf("the download did not end within %s (budget request)", limit)
	case err != nil:
		d.Error = err.Error()
	}
	d.Length, d.SHA256, d.Entries, d.Format = got.length, got.sum, got.entries, got.format
	return x
}

// maxExcerpt is how many bytes of a content are available to an error that quotes it, or to tell its format.
const maxExcerpt = 1 << 10

func getOverHTTP(ctx context.Context, c *http.Client, link string, w io.Writer) (linkResponse, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return linkResponse{}, err
	}
	res, err := c.Do(req)
	if err != nil {
		return linkResponse{}, err
	}
	defer res.Body.Close()
	out := linkResponse{
		status: res.StatusCode,
		header: map[string]string{trainingapi.RetryAfter: res.Header.Get(trainingapi.RetryAfter)},
	}
	var excerpt bytes.Buffer
	start := io.TeeReader(io.LimitReader(res.Body, maxExcerpt), &excerpt)
	n, err := io.Copy(w, io.MultiReader(start, res.Body))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) && res.ContentLength > n:
		return out, fmt.Errorf("the content has %d bytes, its Content-Length says %d", n, res.ContentLength)
	case err != nil:
		return out, fmt.Errorf("read the content: %w", err)
	}
	if location := res.Header.Get("Location"); location != "" && out.status >= 300 && out.status <= 399 {
		return out, fmt.Errorf("returned %s (redirect to %s, not followed)", res.Status, location)
	}
	if out.status != http.StatusOK {
		body := trainingapi.Truncate(strings.ToValidUTF8(excerpt.String(), "\uFFFD"))
		return out, fmt.Errorf("returned %s: %s", res.Status, body)
	}
	return out, nil
}

func (c caller) getFromAccount(ctx context.Context, container, blob string, w io.Writer) (linkResponse, error) {
	if err := c.Account.Download(ctx, container, blob, w); err != nil {
		return linkResponse{status: http.StatusNotFound}, err
	}
	return linkResponse{status: http.StatusOK}, nil
}

// findInStorage returns the container and the blob of a link to the gateway or to the storage account. A link with a
// signature is not one, because it has to work on its own.
func (c caller) findInStorage(link string) (container, blob string, ok bool) {
	u, err := url.Parse(link)
	if err != nil || u.Query().Has("sig") {
		return "", "", false
	}
	roots := []*url.URL{c.Account.BlobEndpoint()}
	if gateway := c.Observer.BlobURL(); gateway != nil {
		roots = append(roots, gateway.JoinPath(c.Account.Name()))
	}
	for _, root := range roots {
		path, below := strings.CutPrefix(u.Path, strings.TrimSuffix("/"+strings.Trim(root.Path, "/"), "/")+"/")
		if container, blob, ok = strings.Cut(path, "/"); ok && below && u.Host == root.Host {
			return container, blob, true
		}
	}
	return "", "", false
}

// A content describes the bytes of a model or a backup.
type content struct {
	length  int64
	sum     string
	entries map[string]string // of a zip archive
	format  string            // of binary data, by its first bytes
}

// fetch gets a content into a temporary file, so that a large model needs no memory. If the content is complete, it
// calls store with it; nil means that it is not stored.
func fetch(
	get func(io.Writer) error,
	store func(sum string, length int64, content io.ReaderAt),
) (c content, err error) {
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
	begin := make([]byte, maxExcerpt)
	n, _ := file.ReadAt(begin, 0) // a content may be shorter
	c = content{
		length:  count.n,
		sum:     hex.EncodeToString(sum.Sum(nil)),
		entries: evidence.Entries(file, count.n),
		format:  textfmt.Binary(string(begin[:n])),
	}
	if store != nil {
		store(c.sum, c.length, file)
	}
	return c, nil
}

type countingWriter struct{ n int64 }

func (c *countingWriter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}
