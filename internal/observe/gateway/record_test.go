package gateway

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/observe"
)

func TestOperationIsDescribed(t *testing.T) {
	storage := upstream(t, created)
	at := time.Date(2028, 9, 25, 0, 0, 0, 0, time.UTC)
	g := startWithOptions(t, Options{Blob: storage, Queue: storage, Now: func() time.Time { return at }})
	w := g.Subscribe(nil)
	body := pattern(5000)

	send(t, http.MethodPut, g.BlobURL().String()+"/acc/box/a%2Fb%20c?sig=SECRET&sv=1", strings.NewReader(string(body)),
		"x-ms-blob-type", "BlockBlob")

	assert.Equal(t, evidence.Operation{
		Service: evidence.Blob, Name: "PutBlob", Method: http.MethodPut, Account: "acc", Resource: "box", Object: "a/b c",
		Status: 201, Auth: "sas", Length: 5000, SHA256: digest(body), Began: at, Ended: at,
	}, only(t, w))
}

func TestMessageTextAndIDAreRecordedAndTheResponseIsUnchanged(t *testing.T) {
	const response = "\ufeff<?xml version=\"1.0\"?><QueueMessagesList><QueueMessage>" +
		"<MessageId>id-1</MessageId><ExpirationTime>Fri, 31 Dec 9999 23:59:59 GMT</ExpirationTime></QueueMessage></QueueMessagesList>"
	g := startGateway(t, upstream(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, response)
	}))
	w := g.Subscribe(nil)

	_, got := send(
		t,
		http.MethodPost,
		g.QueueURL().String()+"/acc/q1/messages?messagettl=-1",
		message("{&quot;a&quot;: &lt;1&gt; &#xD;&#xA; ü}"),
		"Authorization",
		"SharedKey acc:SECRET",
	)

	assert.Equal(t, response, got)
	op := only(t, w)
	assert.Equal(t, "PutMessage", op.Name)
	assert.Equal(t, "{\"a\": <1> \r\n ü}", op.Text)
	assert.Equal(t, "id-1", op.MessageID)
	assert.Equal(t, evidence.NeverExpires, op.TimeToLive)
	assert.Equal(t, time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), op.Expires)
	assert.Equal(t, "q1", op.Resource)
	assert.Empty(t, op.Object)
	assert.Equal(t, "sharedkey", op.Auth)
	assert.NotContains(t, fmt.Sprintf("%+v", op), "SECRET")
}

func TestUpdateAndDeleteMessageRecordTheMessageID(t *testing.T) {
	g := startGateway(t, upstream(t, created))
	w := g.Subscribe(nil)
	one := g.QueueURL().String() + "/acc/q/messages/id-7?popreceipt=x"

	send(t, http.MethodPut, one+"&visibilitytimeout=0", message("second"))
	send(t, http.MethodDelete, one, nil)
	send(t, http.MethodDelete, g.QueueURL().String()+"/acc/q/messages", nil)

	ops := w.Operations()
	require.Len(t, ops, 3)
	assert.Equal(t, []string{"ClearMessages", "q", ""}, []string{ops[2].Name, ops[2].Resource, ops[2].MessageID})
	assert.Equal(t, []string{"UpdateMessage", "id-7", "second"}, []string{ops[0].Name, ops[0].MessageID, ops[0].Text})
	assert.Equal(t, []string{"DeleteMessage", "id-7"}, []string{ops[1].Name, ops[1].MessageID})
}

func TestLifetimeOfMessageIsRecorded(t *testing.T) {
	g := startGateway(t, upstream(t, created))
	queue := g.QueueURL().String() + "/acc/q/messages"
	for _, tt := range []struct {
		method, url           string
		invisible, timeToLive time.Duration
	}{
		{http.MethodPost, queue, 0, 0},
		{http.MethodPost, queue + "?visibilitytimeout=30&messagettl=60", 30 * time.Second, time.Minute},
		{http.MethodPost, queue + "?visibilitytimeout=x&messagettl=-2", 0, 0},
		{http.MethodPut, queue + "/id?popreceipt=p&visibilitytimeout=7", 7 * time.Second, 0},
		{http.MethodGet, queue, 30 * time.Second, 0},
		{http.MethodGet, queue + "?visibilitytimeout=5", 5 * time.Second, 0},
		{http.MethodGet, queue + "?peekonly=true", 0, 0},
	} {
		w := g.Subscribe(nil)
		send(t, tt.method, tt.url, message("m"))
		op := only(t, w)
		assert.Equal(t, tt.invisible, op.VisibilityTimeout, "%s %s", tt.method, tt.url)
		assert.Equal(t, tt.timeToLive, op.TimeToLive, "%s %s", tt.method, tt.url)
		w.Close()
	}
}

func TestContentEncodingIsRecorded(t *testing.T) {
	g := startGateway(t, upstream(t, created))
	for header, want := range map[string]string{
		"x-ms-blob-content-encoding": "gzip", "Content-Encoding": "gzip", "Content-Type": "",
	} {
		w := g.Subscribe(nil)
		send(t, http.MethodPut, g.BlobURL().String()+"/acc/c/b", strings.NewReader("x"), header, "gzip")
		assert.Equal(t, want, only(t, w).ContentEncoding, header)
		w.Close()
	}
}

func TestInvalidMessageBodyIsForwarded(t *testing.T) {
	var got string
	g := startGateway(t, upstream(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = string(b)
		w.Header().Set("x-ms-error-code", "InvalidXmlDocument")
		w.WriteHeader(http.StatusBadRequest)
	}))
	w := g.Subscribe(nil)
	body := strings.Repeat("no xml ", bufferLimit/7+1000)

	send(t, http.MethodPost, g.QueueURL().String()+"/acc/q/messages", strings.NewReader(body))

	assert.Equal(t, body, got)
	op := only(t, w)
	assert.Equal(t, int64(len(body)), op.Length)
	assert.Equal(t, digest([]byte(body)), op.SHA256)
	assert.Empty(t, op.Text)
	assert.Equal(t, "InvalidXmlDocument", op.Code)
}

func TestRequestIsForwardedUnchanged(t *testing.T) {
	type seen struct{ host, uri string }
	requests := make(chan seen, 10)
	g := startGateway(t, upstream(t, func(w http.ResponseWriter, r *http.Request) {
		requests <- seen{r.Host, r.RequestURI}
		assert.Empty(t, r.Header.Get("X-Forwarded-For"))
		assert.Empty(t, r.Header.Get("Accept-Encoding"))
	}))
	for _, target := range []string{
		"/acc/c/%7BprojectId%7D%20-%20%7BiterationId%7D.CoreML",
		"/acc/c/{projectId}-{iterationId}.CoreML",
		"/acc/c/a%2Fb%2fc/../d//e/./",
		"/acc/c/\"ü|漢^`",
		"/acc/c/100%25%2B+%3F?comp=block&blockid=AA%3D%3D;x&sig=a%2Fb%2B%3D&&empty=&flag",
		"//acc/c",
		"/acc/c?",
	} {
		conn, err := net.Dial("tcp", g.BlobURL().Host)
		require.NoError(t, err)
		_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: acc.blob.example.org:1\r\nConnection: close\r\n\r\n", target)
		require.NoError(t, err)
		_, err = io.ReadAll(conn)
		require.NoError(t, err)
		require.NoError(t, conn.Close())
		assert.Equal(t, seen{"acc.blob.example.org:1", target}, <-requests)
	}
}

func TestOperationIsRecordedBeforeTheResponse(t *testing.T) {
	g := startGateway(t, upstream(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
		w.(http.Flusher).Flush()
		<-r.Context().Done() // the body of the response never ends
	}))
	w := g.Subscribe(nil)
	r, err := http.NewRequestWithContext(testContext(t), http.MethodPut, g.BlobURL().String()+"/a/c/b", nil)
	require.NoError(t, err)
	recorded := -1
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotFirstResponseByte: func() { recorded = len(w.Operations()) },
	}))
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, 1, recorded)
}

func TestUnreachableStorageIsBadGateway(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	g := startGateway(t, &url.URL{Scheme: "http", Host: closed.Addr().String()})
	w := g.Subscribe(nil)

	response, _ := send(t, http.MethodPut, g.BlobURL().String()+"/a/c/b?sig=SECRET", strings.NewReader("x"))

	assert.Equal(t, http.StatusBadGateway, response.StatusCode)
	op := only(t, w)
	assert.Zero(t, op.Status)
	assert.Contains(t, op.Error, "storage did not respond: ")
	assert.NotContains(t, op.Error, "SECRET")
	assert.False(t, op.Ended.Before(op.Began))
}

func TestClientThatStopsSendingIsRecorded(t *testing.T) {
	for head, announced := range map[string]int64{
		"Content-Length: 1000\r\n\r\n1234":                1000,
		"Transfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n": 0,
	} {
		t.Run(head[:6], func(t *testing.T) {
			g := startGateway(t, upstream(t, created))
			w := g.Subscribe(nil)
			conn, err := net.Dial("tcp", g.BlobURL().Host)
			require.NoError(t, err)
			_, err = io.WriteString(conn, "PUT /a/c/b HTTP/1.1\r\nHost: 127.0.0.1\r\n"+head)
			require.NoError(t, err)
			require.NoError(t, conn.Close())

			op, err := w.Await(testContext(t), nil)
			require.NoError(t, err)
			assert.Contains(t, op.Error, "the client stopped sending")
			assert.Zero(t, op.Status)
			assert.Equal(t, int64(4), op.Length)
			assert.Equal(t, announced, op.Announced)
			assert.Empty(t, op.SHA256)
		})
	}
}

func TestResponseIsRecordedEvenIfTheClientDisconnects(t *testing.T) {
	arrived, proceed := make(chan struct{}), make(chan struct{})
	g := startGateway(t, upstream(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		close(arrived)
		<-proceed
		w.WriteHeader(http.StatusCreated)
	}))
	w := g.Subscribe(nil)
	ctx, cancel := context.WithCancel(testContext(t))
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, g.QueueURL().String()+"/a/q/messages", message("m"))
	require.NoError(t, err)
	go func() { <-arrived; cancel(); close(proceed) }()
	_, err = http.DefaultClient.Do(r)
	require.ErrorIs(t, err, context.Canceled)

	op, err := w.Await(testContext(t), nil)
	require.NoError(t, err)
	assert.Equal(t, http.StatusCreated, op.Status)
}

func TestResponseBeforeTheEndOfTheBodyHasNoDigest(t *testing.T) {
	g := startGateway(t, upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		assert.NoError(t, http.NewResponseController(w).EnableFullDuplex())
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusForbidden)
	}))
	w := g.Subscribe(nil)
	conn, err := net.Dial("tcp", g.BlobURL().Host)
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(
		conn,
		"PUT /a/c/b HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n"+strings.Repeat("x", 9000),
	)
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	assert.Equal(t, http.StatusForbidden, response.StatusCode)
	op := only(t, w)
	assert.Empty(t, op.SHA256)
	assert.Less(t, op.Length, int64(100000))
}

func TestConnectionsAreReused(t *testing.T) {
	g := startGateway(t, upstream(t, created))
	var fresh int
	ctx := httptrace.WithClientTrace(testContext(t), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		if !i.Reused {
			fresh++
		}
	}})
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for range 20 {
		r, err := http.NewRequestWithContext(ctx, http.MethodPut, g.BlobURL().String()+"/a/c/b", strings.NewReader("x"))
		require.NoError(t, err)
		response, err := client.Do(r)
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, response.Body)
		require.NoError(t, response.Body.Close())
	}
	assert.Equal(t, 1, fresh)
}

func TestStartErrors(t *testing.T) {
	_, err := Start(Options{})
	require.ErrorContains(t, err, "is missing")
	u := &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
	_, err = Start(Options{Blob: u, Queue: u, Listen: "192.0.2.1"})
	require.ErrorContains(t, err, "listen for the blob service on 192.0.2.1")
}

func TestAdvertisedHost(t *testing.T) {
	u := &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
	g := startWithOptions(t, Options{Blob: u, Queue: u, Listen: "0.0.0.0", Advertise: "gateway.example"})
	assert.Equal(t, "gateway.example", g.BlobURL().Hostname())
	assert.Equal(t, "gateway.example", g.QueueURL().Hostname())
	assert.NotEqual(t, g.BlobURL().Port(), g.QueueURL().Port())
}

func TestCloseIsQuickAndEndsSubscriptions(t *testing.T) {
	g := startGateway(t, upstream(t, created))
	conn, err := net.Dial("tcp", g.BlobURL().Host) // opened, never used
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	w := g.Subscribe(nil)
	ended := make(chan error, 1)
	go func() { _, err := w.Await(testContext(t), nil); ended <- err }()

	began := time.Now()
	require.NoError(t, g.Close(t.Context()))
	require.NoError(t, g.Close(t.Context()))
	assert.Less(t, time.Since(began), 3*time.Second)
	require.ErrorIs(t, <-ended, observe.ErrClosed)
	_, err = g.Subscribe(nil).Await(testContext(t), nil)
	require.ErrorIs(t, err, observe.ErrClosed)
}

func TestRefusedVersionIsRecorded(t *testing.T) {
	const body = "<Error><Code>InvalidHeaderValue</Code><HeaderName>%s</HeaderName></Error>"
	for header, want := range map[string]string{"x-ms-version": "2027-01-01", "x-ms-blob-type": ""} {
		g := startGateway(t, upstream(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("x-ms-error-code", "InvalidHeaderValue")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, body, header)
		}))
		w := g.Subscribe(nil)
		_, text := send(t, http.MethodPut, g.BlobURL().String()+"/acc/c/b", nil, "x-ms-version", "2027-01-01")
		assert.Equal(t, fmt.Sprintf(body, header), text)
		assert.Equal(t, want, only(t, w).RefusedVersion)
	}
}
