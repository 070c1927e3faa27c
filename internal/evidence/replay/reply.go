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

// A reply is a response to be sent.
type reply struct {
	status     int // 0: no response
	header     map[string]string
	body       string
	truncated  bool // the connection breaks before its end
	noResponse bool // the caller waits until its timeout
}

// notRecordedReply returns the response to a call that is not in the recording.
func notRecordedReply(format string, args ...any) reply {
	message := "not in the recording: " + fmt.Sprintf(format, args...)
	body, err := json.Marshal(map[string]string{"code": trainingapi.NotRecordedCode, "message": message})
	if err != nil {
		body = nil // strings can always be encoded
	}
	return reply{
		status: http.StatusNotImplemented,
		header: map[string]string{"Content-Type": "application/json"},
		body:   string(body),
	}
}

// write sends a response. If the recorded service sent none, write waits until the caller gives up; if its
// connection broke, write closes the connection.
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
	h["Content-Type"] = nil // only the recorded one
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

// writeRaw sends a response with a status that net/http refuses, and closes the connection.
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

func closeConnection(w http.ResponseWriter) {
	control := http.NewResponseController(w)
	_ = control.Flush()
	if conn, _, err := control.Hijack(); err == nil {
		_ = conn.Close()
	}
}

// marker matches the marker of a secret in a recording.
var marker = regexp.MustCompile(`⟦([a-z-]+):(\d+)⟧`)

// fillSecrets returns a text with a placeholder secret for each marker.
func fillSecrets(text string) string {
	return marker.ReplaceAllStringFunc(text, func(m string) string {
		found := marker.FindStringSubmatch(m)
		return placeholderSecret(found[1], found[2])
	})
}

// placeholderSecret returns the placeholder for a secret of that kind and number.
func placeholderSecret(kind, number string) string {
	sum := sha256.Sum256([]byte("cvconform replay " + kind + " " + number))
	return hex.EncodeToString(sum[:20])
}

// recordedReply returns a recorded response with its values replaced.
func (s *state) recordedReply(x evidence.Exchange, m *recording.Mapping) reply {
	r := reply{
		status:    x.Status,
		header:    map[string]string{},
		body:      fillSecrets(m.Apply(x.Body)),
		truncated: x.Status != 0 && x.Error != "",
	}
	for name, value := range x.Header {
		r.header[name] = fillSecrets(m.Apply(value))
	}
	limit := s.options.Recording.Budget(budget.Request)
	r.noResponse = x.Status == 0 && limit > 0 && x.Ended.Sub(x.Began) >= limit-time.Second/10
	return r
}
