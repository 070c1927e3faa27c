package replay

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// A reply is an answer as it goes out.
type reply struct {
	status     int // 0: none
	header     map[string]string
	body       string
	truncated  bool // it breaks off before its end
	noResponse bool // where there is none: the caller waits for it
}

// notRecordedReply is the answer to a call of which the recording has no answer.
func notRecordedReply(format string, args ...any) reply {
	body, err := json.Marshal(
		map[string]string{"code": trainingapi.NotRecordedCode, "message": "not in the recording: " + fmt.Sprintf(format, args...)},
	)
	if err != nil {
		body = nil // strings can always be encoded
	}
	return reply{
		status: http.StatusNotImplemented,
		header: map[string]string{"Content-Type": "application/json"},
		body:   string(body),
	}
}

// recorded is a recorded answer with what is replaced in it.
func (s *Server) recorded(x evidence.Exchange, m *recording.Mapping) reply {
	r := reply{
		status:    x.Status,
		header:    map[string]string{},
		body:      s.fillSecrets(m.Apply(x.Body)),
		truncated: x.Status != 0 && x.Error != "",
	}
	for name, value := range x.Header {
		r.header[name] = s.fillSecrets(m.Apply(value))
	}
	limit := s.tree.Head.Budget(budget.Request)
	r.noResponse = x.Status == 0 && limit > 0 && x.Ended.Sub(x.Began) >= limit-time.Second/10
	return r
}

// write sends an answer. One that never came is not sent until the caller has gone;
// where the connection broke it breaks again.
func write(w http.ResponseWriter, r *http.Request, a reply) {
	if a.status == 0 {
		if a.noResponse {
			<-r.Context().Done()
		}
		closeConnection(w)
		return
	}
	if a.status < 100 || a.status > 999 {
		writeRaw(w, a)
		return
	}
	h := w.Header()
	h["Content-Type"] = nil // only what was recorded
	for name, value := range a.header {
		h.Set(name, value)
	}
	length := len(a.body)
	if a.truncated {
		length++
	}
	if length > 0 || a.status != http.StatusNoContent {
		h.Set("Content-Length", fmt.Sprint(length))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(a.body))
	if a.truncated {
		closeConnection(w)
		return
	}
	_ = http.NewResponseController(w).Flush()
}

// writeRaw sends an answer with a status that no server should send, and closes the
// connection.
func writeRaw(w http.ResponseWriter, a reply) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = fmt.Fprintf(
		conn,
		"HTTP/1.1 %03d \r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		a.status,
		len(a.body),
		a.body,
	)
	_ = conn.Close()
}

// closeConnection closes the connection.
func closeConnection(w http.ResponseWriter) {
	control := http.NewResponseController(w)
	_ = control.Flush()
	if conn, _, err := control.Hijack(); err == nil {
		_ = conn.Close()
	}
}

// marker is what stands in a recording for a secret.
var marker = regexp.MustCompile(`⟦([a-z-]+):(\d+)⟧`)

// fillSecrets is a text with a made secret for each that was kept out of the recording.
func (s *Server) fillSecrets(text string) string {
	return marker.ReplaceAllStringFunc(text, func(m string) string {
		found := marker.FindStringSubmatch(m)
		return fakeSecret(found[1], found[2])
	})
}

// fakeSecret is a secret of that kind that opens nothing.
func fakeSecret(kind, number string) string {
	sum := sha256.Sum256([]byte("cvconform replay " + kind + " " + number))
	return hex.EncodeToString(sum[:20])
}

// Secrets lists, by kind, what stands for the secrets of the recorded service in
// all that the server says: whoever records it has to take it for secrets.
func (s *Server) Secrets() map[string][]string {
	out := map[string][]string{}
	seen := map[string]bool{}
	for _, situation := range s.options.Recording.Situations {
		text, err := evidence.EncodeEvents(situation.Events)
		if err != nil {
			continue // it was read from that form
		}
		for _, found := range marker.FindAllStringSubmatch(string(text), -1) {
			if !seen[found[0]] {
				seen[found[0]] = true
				out[found[1]] = append(out[found[1]], fakeSecret(found[1], found[2]))
			}
		}
	}
	return out
}
