package gateway

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLargeBodyIsStreamed(t *testing.T) {
	const piece, pieces = 1 << 20, 100
	for name, length := range map[string]int64{"announced": piece * pieces, "chunked": -1} {
		t.Run(name, func(t *testing.T) {
			started := make(chan struct{})
			g := startGateway(t, upstream(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.ReadFull(r.Body, make([]byte, piece/2))
				close(started)
				created(w, r)
			}))
			w := g.Subscribe(nil)
			source, sink := io.Pipe()
			sum := sha256.New()
			go func() {
				block := bytes.Repeat([]byte("x"), piece)
				for i := range pieces {
					if i == 1 {
						<-started // storage receives bytes before the client has sent all of them
					}
					sum.Write(block)
					_, _ = sink.Write(block)
				}
				_ = sink.Close()
			}()
			r, err := http.NewRequestWithContext(testContext(t), http.MethodPut, g.BlobURL().String()+"/a/c/b", source)
			require.NoError(t, err)
			r.ContentLength = length

			before := allocated()
			response, err := http.DefaultClient.Do(r)
			grown := allocated() - before

			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			op := only(t, w)
			assert.Equal(t, int64(piece*pieces), op.Length)
			assert.Equal(t, hex.EncodeToString(sum.Sum(nil)), op.SHA256)
			assert.Less(t, grown, uint64(20<<20), "bytes allocated while 100 MB were forwarded")
		})
	}
}

// allocated returns the number of bytes that this process has allocated, including freed ones.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
