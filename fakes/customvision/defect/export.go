package defect

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

func exportDefects() []Defect {
	return append(
		append(exportMessageDefects(), exportOutcomeDefects()...),
		append(append(linkDefects(), signatureDefects()...), exportTimeDefects()...)...)
}

func exportMessageDefects() []Defect {
	return []Defect{
		newDefect("no-export-message", "No Export message is sent.",
			catches{export01: "the queue holds 1 ConnectionTest, 1 Training", export02: "an Export message in queue",
				export03: "an Export message", export04: "an Export message", export05: "an Export message",
				export06: "an Export message", export08: "an Export message"}, lose(export)),
		newDefect("export-message-late", "The Export message is sent long after the export.",
			catches{export01: "an Export message in queue"}, delay(export, afterEveryWait)),
		newDefect("export-other-type", "The Export message has another type.",
			catches{export02: "an Export message in queue"}, rewrite(export, set("type", "Exported"))),
		newDefect("export-content", "The Export message has its content in the member content, with a small c.",
			catches{export02: "an Export message of the documented form"}, rewrite(export, smallContent)),
		newDefect("export-status-key", "The Export message has status instead of exportStatus.",
			catches{export02: "/Content"}, rewrite(export, renameContent("exportStatus", "status"))),
		newDefect("export-uri-key", "The Export message has modelUrl instead of modelUri.",
			catches{export02: "/Content"}, rewrite(export, renameContent("modelUri", "modelUrl"))),
		newDefect("export-no-uri", "The Export message of a successful export has a null modelUri.",
			catches{export02: "/Content/modelUri"}, rewrite(export, setContent("modelUri", nil))),
		newDefect("export-version", "The Export message has another version.",
			catches{export02: "/version"}, rewrite(export, set("version", "1"))),
		newDefect("export-project", "The Export message names another project.",
			catches{export02: "Content.projectId ="}, rewrite(export, setContent("projectId", unknownID))),
		newDefect("export-iteration", "The Export message names another iteration.",
			catches{export02: "Content.iterationId ="}, rewrite(export, setContent("iterationId", unknownID))),
		newDefect("export-message-twice", "The Export message is sent twice.",
			catches{export09: "the export sent exactly one Export message"}, double(export)),
		newDefect("first-export-only", "Only the first export of an iteration sends a message.",
			catches{export09: "exactly one Export message from"}, func(s *service) {
				var told memo[string]
				loseWhere(export, func(l outgoingMessage) bool { return told.first(l.about("iterationId"), l.text) != l.text })(s)
			}),
	}
}

// exportOutcomeDefects concern how an export went.
func exportOutcomeDefects() []Defect {
	failed := func(l outgoingMessage) bool { return l.about("exportStatus") == "ExportFailed" }
	return []Defect{
		newDefect("export-status", "The Export message has the status of the API, Done.",
			catches{export03: `Content.exportStatus = "Done"`}, rewrite(export, setContent("exportStatus", "Done"))),
		newDefect("export-always-failed", "The Export message of a successful export reports a failure.",
			catches{export03: `Content.exportStatus = "ExportFailed"`},
			rewrite(export, setContent("exportStatus", "ExportFailed"))),
		newDefect("exports-fail", "Every export fails.",
			catches{export03: "blocked: the export failed", backup01: "blocked: the export failed"},
			onResponse(getExports, func(_ *http.Request, a *answer) {
				a.body = changed(a.body, func(e map[string]any) { e["status"], e["downloadUri"] = "Failed", nil })
			}), rewrite(export,
				func(_, content map[string]any) { content["exportStatus"], content["modelUri"] = "ExportFailed", nil }),
			losing(blob.backup)),
		newDefect("failed-export-mute", "A failed export sends no message.",
			catches{export04: "an Export message in queue"}, loseWhere(export, failed)),
		newDefect("failed-export-completed", "The Export message of a failed export reports success.",
			catches{export04: `Content.exportStatus = "ExportCompleted"`},
			rewrite(export, setContent("exportStatus", "ExportCompleted"))),
		newDefect("failed-export-anonymous", "The Export message of a failed export has no projectId.",
			catches{export04: `Content.projectId = ""`}, rewrite(export, func(_, content map[string]any) {
				if content["exportStatus"] == "ExportFailed" {
					delete(content, "projectId")
				}
			})),
	}
}

// rewriteModelURI changes modelUri.
func rewriteModelURI(f func(u *url.URL)) change {
	return rewrite(export, func(_, content map[string]any) {
		link, _ := content["modelUri"].(string)
		u, err := url.Parse(link)
		if link == "" || err != nil {
			return
		}
		f(u)
		content["modelUri"] = u.String()
	})
}

// path changes the path of a link.
func path(f func(string) string) func(*url.URL) {
	return func(u *url.URL) { u.Path, u.RawPath = f(u.Path), "" }
}

func linkDefects() []Defect {
	return []Defect{
		newDefect("model-uri-is-container", "modelUri is the URI of the container.",
			catches{export05: "modelUri = http", export07: "the content behind modelUri"},
			rewriteModelURI(path(func(p string) string { return p[:strings.LastIndex(p, "/")] }))),
		newDefect("model-uri-other-blob", "modelUri is the URI of a blob that does not exist.",
			catches{export05: "modelUri = http", export07: "the content behind modelUri"},
			rewriteModelURI(path(func(p string) string { return p + ".zip" }))),
		newDefect("model-uri-old-copy", "modelUri is the URI of an old copy instead of the backup.",
			catches{export05: "modelUri = http", export07: "got: SHA-256"}, storing(func(b blob, put func(blob) error) error {
				if b.backup() {
					_ = put(blob{container: b.container, name: b.name + ".old", data: []byte("the model of yesterday")})
				}
				return put(b)
			}), rewriteModelURI(path(func(p string) string { return p + ".old" }))),
		newDefect("model-uri-own-storage",
			"modelUri is the download URI of the export although the project has a container.",
			catches{export05: "modelUri = http"}, useDownloadURIAsModelURI()),
		newDefect("model-uri-encoded-twice", "modelUri is percent-encoded twice.",
			catches{export05: "%2520"}, rewriteModelURI(path(func(p string) string { return strings.ReplaceAll(p, " ", "%20") }))),
		newDefect("model-uri-cloud",
			"modelUri has the host name of the account in Azure instead of the configured endpoint.",
			catches{export05: "blob.core.windows.net"},
			rewriteModelURI(func(u *url.URL) { u.Scheme, u.Host = "https", "devstoreaccount1.blob.core.windows.net" })),
		newDefect("model-uri-null", "modelUri is always null.",
			catches{export05: "absent, null or no string", export06: "absent, null or no string", export07: "the service gave out none"},
			rewrite(export, setContent("modelUri", nil))),
	}
}

// useDownloadURIAsModelURI gives every completed export the downloadUri of the API as its modelUri.
func useDownloadURIAsModelURI() change {
	return func(s *service) {
		var asked sync.Map // the requests for exports, by iteration
		onRequest(exportIteration, func(r *http.Request) { asked.Store(iterationOf(r), r.Clone(context.Background())) })(s)
		rewrite(export, func(_, content map[string]any) {
			old, _ := content["modelUri"].(string)
			iteration, _ := content["iterationId"].(string)
			r, ok := asked.Load(iteration)
			if !ok || old == "" {
				return
			}
			list := r.(*http.Request).Clone(context.Background())
			list.Method = http.MethodGet
			setBody(list, nil)
			changed(ask(s.Calls, list).body, func(e map[string]any) {
				if platform, _ := e["platform"].(string); strings.HasSuffix(old, "."+platform) {
					content["modelUri"] = e["downloadUri"]
				}
			})
		})(s)
	}
}

func signatureDefects() []Defect {
	with := func(f func(url.Values)) change {
		return rewriteModelURI(func(u *url.URL) {
			q := u.Query()
			f(q)
			u.RawQuery = q.Encode()
		})
	}
	return []Defect{
		newDefect("model-uri-unsigned", "modelUri has no signature if the project has no container.",
			catches{export06: "modelUri with sig"}, with(func(q url.Values) { q.Del("sig") })),
		newDefect("model-uri-no-expiry", "modelUri has no expiry time if the project has no container.",
			catches{export06: "modelUri with sig, and se or si"}, with(func(q url.Values) { q.Del("se") })),
		newDefect("model-uri-expired", "modelUri has expired if the project has no container.",
			catches{export06: "status 403"}, with(func(q url.Values) {
				if q.Has("se") {
					q.Set("se", "2020-01-01T00:00:00Z")
				}
			})),
		newDefect("model-uri-needs-key", "modelUri requires the training key if the project has no container.",
			catches{export06: "status 401"}, rewriteModelURI(func(u *url.URL) {
				if u.Query().Has("sig") {
					u.Path, u.RawPath = "/customvision/v3.3/training/models"+u.Path, ""
				}
			})),
		newDefect("model-uri-other-model", "modelUri returns another model.",
			catches{export06: "the exported model behind modelUri"},
			rewriteModelURI(func(u *url.URL) { u.RawQuery += "&preview=1" }), onResponse(getModel,
				func(r *http.Request, a *answer) {
					if r.URL.Query().Has("preview") {
						a.replaceBody(200, "application/zip", "another model")
					}
				})),
	}
}

func exportTimeDefects() []Defect {
	write := func(project string, _ map[string]any) string {
		return fmt.Sprintf(
			`{"version":"1.0","type":"Export","Content":{"projectId":%q,"exportStatus":"ExportCompleted"}}`,
			project,
		)
	}
	return []Defect{
		newDefect("message-before-backup", "The Export message is sent before the backup is stored.",
			catches{export07: "the message was stored first"}, backupLast()),
		newDefect("export-message-before-answer", "The Export message is sent before ExportIteration responds.",
			catches{export08: "before the response"}, early(export, exportIteration, write, true)).taking(0, 100*time.Millisecond),
		newDefect("export-message-early", "The Export message is sent when the export has only started.",
			catches{export08: "GetExports did not show it"}, early(export, exportIteration, write, false)).taking(0,
			beyondStatusLag).within("status-lag", 100*time.Millisecond),
		newDefect("export-status-lags", "The export's status is still Exporting after the Export message.",
			catches{export08: "GetExports did not show it"}, lagging(export, getExports,
				func(doc map[string]any) { doc["status"] = "Exporting" })).within("status-lag", 100*time.Millisecond),
	}
}

// backupLast keeps a backup back until the Export message is sent.
func backupLast() change {
	return func(s *service) {
		var mu sync.Mutex
		pending := map[string]func(){}
		storing(func(b blob, put func(blob) error) error {
			if !b.backup() {
				return put(b)
			}
			mu.Lock()
			defer mu.Unlock()
			pending[b.project()] = func() { _ = put(b) }
			return nil
		})(s)
		handling(export, func(l outgoingMessage, send func(outgoingMessage) error) error {
			err := send(l)
			mu.Lock()
			stored := pending[l.about("projectId")]
			mu.Unlock() // storing may take its time
			if stored != nil {
				stored()
			}
			return err
		})(s)
	}
}
