package gateway

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"sync"
)

// bufferLimit is the largest part of a message's body that is buffered: 64 KiB of text, in which XML may need eight
// bytes for a character, and the envelope.
const bufferLimit = 1 << 20

// An upload is the body of a forwarded request. It is counted and hashed as storage reads it, and not buffered.
// Storage may respond before it has read all of it, so that Read and measured may be called concurrently.
type upload struct {
	source io.ReadCloser
	length int64 // announced length; -1 if the client announced none

	mu   sync.Mutex
	sum  hash.Hash
	read int64
	err  error // the error that ended the source, io.EOF included

	buffered []byte // read by bufferWhole
	ahead    *bytes.Reader
}

// newUpload wraps a request's body.
func newUpload(body io.ReadCloser, length int64) *upload {
	return &upload{source: body, length: length, sum: sha256.New(), ahead: bytes.NewReader(nil)}
}

// bufferWhole reads the body, up to bufferLimit, and buffers it. It must be called before Read.
func (u *upload) bufferWhole() {
	var b bytes.Buffer
	_, _ = io.Copy(&b, io.LimitReader(readerFunc(u.readAhead), bufferLimit)) // Read returns an error again
	u.buffered = b.Bytes()
	u.ahead = bytes.NewReader(u.buffered)
}

// Read implements io.Reader for the forwarded request.
func (u *upload) Read(p []byte) (int, error) {
	if u.ahead.Len() > 0 {
		return u.ahead.Read(p)
	}
	return u.readAhead(p)
}

// Close implements io.Closer.
func (u *upload) Close() error { return u.source.Close() }

// readAhead reads from the client. It updates the count and the hash before storage gets the bytes, and thus before
// storage can respond.
func (u *upload) readAhead(p []byte) (int, error) {
	if err := u.ended(); err != nil {
		return 0, err
	}
	n, err := u.source.Read(p)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sum.Write(p[:n])
	u.read += int64(n)
	u.err = err
	return n, err
}

// ended returns the error that ended the client's body, io.EOF included; nil before that.
func (u *upload) ended() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.err
}

// readErr returns the error that ended the client's body early, or nil.
func (u *upload) readErr() error {
	if err := u.ended(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// measured returns the number of bytes read so far, and their SHA-256 if they are the complete body and it is not
// empty.
func (u *upload) measured() (length int64, digest string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	complete := errors.Is(u.err, io.EOF) || u.read == u.length
	if complete && u.read > 0 {
		digest = hex.EncodeToString(u.sum.Sum(nil))
	}
	return u.read, digest
}

// contentEncoding returns the encoding that the headers name for the blob or for the body.
func contentEncoding(h http.Header) string {
	return cmp.Or(h.Get("x-ms-blob-content-encoding"), h.Get("Content-Encoding"))
}

// readerFunc implements io.Reader.
type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
