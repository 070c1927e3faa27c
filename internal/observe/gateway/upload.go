package gateway

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"sync"
)

// keepLimit bounds what is kept of a message's body: 64 KiB of text, each
// character of which XML may spell with up to eight bytes, and its envelope.
const keepLimit = 1 << 20

// An upload is a request's body on its way: counted and hashed as storage
// reads it, never gathered. Storage may answer before it has read all, so
// reading and asking happen at the same time.
type upload struct {
	source io.ReadCloser
	length int64 // announced length; -1 if the client announced none

	mu   sync.Mutex
	sum  hash.Hash
	read int64
	err  error // what the source ended with, io.EOF included

	kept  []byte // read ahead by keep, the message of a PutMessage
	ahead *bytes.Reader
}

// newUpload wraps a request's body.
func newUpload(body io.ReadCloser, length int64) *upload {
	return &upload{source: body, length: length, sum: sha256.New(), ahead: bytes.NewReader(nil)}
}

// bufferWhole reads the body ahead, up to keepLimit, and remembers it. It must be
// called before Read.
func (u *upload) bufferWhole() {
	var b bytes.Buffer
	_, _ = io.Copy(&b, io.LimitReader(readerFunc(u.readAhead), keepLimit)) // an error comes again in Read
	u.kept = b.Bytes()
	u.ahead = bytes.NewReader(u.kept)
}

// Read implements io.Reader for the way to storage.
func (u *upload) Read(p []byte) (int, error) {
	if u.ahead.Len() > 0 {
		return u.ahead.Read(p)
	}
	return u.readAhead(p)
}

// Close implements io.Closer.
func (u *upload) Close() error { return u.source.Close() }

// readAhead reads from the client. The count and the hash are up to date before
// storage gets the bytes, hence before it can answer.
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

// ended is what the client's body ended with, nil while it has not.
func (u *upload) ended() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.err
}

// readErr is the reason why the client's body ended early, or nil.
func (u *upload) readErr() error {
	if err := u.ended(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// measured returns the bytes read so far, and their SHA-256 if they are the
// whole body and there are any.
func (u *upload) measured() (length int64, digest string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	whole := errors.Is(u.err, io.EOF) || u.read == u.length
	if whole && u.read > 0 {
		digest = hex.EncodeToString(u.sum.Sum(nil))
	}
	return u.read, digest
}

// readerFunc is a function as an io.Reader.
type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
