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
	const one, two, three, four, nine = "CVSI-EXPORT-01", "CVSI-EXPORT-02", "CVSI-EXPORT-03", "CVSI-EXPORT-04", "CVSI-EXPORT-09"
	return []Defect{
		newDefect(
			"no-export-message",
			"No Export message is sent.",
			catches{one: "the queue holds 1 ConnectionTest, 1 Training", two: "an Export message in queue",
				three: "an Export message", four: "an Export message", "CVSI-EXPORT-05": "an Export message", "CVSI-EXPORT-06": "an Export message",
				"CVSI-EXPORT-08": "an Export message"},
			lose(export),
		),
		newDefect(
			"export-message-late",
			"The Export message comes long after the export.",
			catches{one: "an Export message in queue"},
			delay(export, afterEveryWait),
		),
		newDefect(
			"export-other-type",
			"The Export message has another type.",
			catches{two: "an Export message in queue"},
			rewrite(export, set("type", "Exported")),
		),
		newDefect(
			"export-content",
			"The Export message spells Content small.",
			catches{two: "a Export message of the documented form"},
			rewrite(export, smallContent),
		),
		newDefect(
			"export-status-key",
			"The Export message misspells exportStatus.",
			catches{two: "/Content"},
			rewrite(export, renameContent("exportStatus", "status")),
		),
		newDefect(
			"export-uri-key",
			"The Export message misspells modelUri.",
			catches{two: "/Content"},
			rewrite(export, renameContent("modelUri", "modelUrl")),
		),
		newDefect(
			"export-no-uri",
			"The message of a completed export has no link.",
			catches{two: "/Content/modelUri"},
			rewrite(export, setContent("modelUri", nil)),
		),
		newDefect(
			"export-version",
			"The version of the Export message is another.",
			catches{two: "/version"},
			rewrite(export, set("version", "1")),
		),
		newDefect(
			"export-project",
			"The Export message names another project.",
			catches{two: "Content.projectId ="},
			rewrite(export, setContent("projectId", unknownID)),
		),
		newDefect(
			"export-iteration",
			"The Export message names another iteration.",
			catches{two: "Content.iterationId ="},
			rewrite(export, setContent("iterationId", unknownID)),
		),
		newDefect(
			"export-message-twice",
			"The Export message is sent twice.",
			catches{nine: "the export sent exactly one Export message"},
			double(export),
		),
		newDefect(
			"first-export-only",
			"Only the first export of an iteration is announced.",
			catches{nine: "exactly one Export message from"},
			func(s *service) {
				var told memo[string]
				loseWhere(export, func(l outgoingMessage) bool { return told.first(l.about("iterationId"), l.text) != l.text })(s)
			},
		),
	}
}

// exportOutcomeDefects concern how an export went.
func exportOutcomeDefects() []Defect {
	const three, four = "CVSI-EXPORT-03", "CVSI-EXPORT-04"
	failed := func(l outgoingMessage) bool { return l.about("exportStatus") == "ExportFailed" }
	return []Defect{
		newDefect(
			"export-status",
			"The status in the Export message is that of the API.",
			catches{three: `Content.exportStatus = "Done"`},
			rewrite(export, setContent("exportStatus", "Done")),
		),
		newDefect(
			"export-always-failed",
			"The Export message of a completed export says that it failed.",
			catches{three: `Content.exportStatus = "ExportFailed"`},
			rewrite(export, setContent("exportStatus", "ExportFailed")),
		),
		newDefect(
			"exports-fail",
			"Every export fails.",
			catches{three: "blocked: the export failed", "CVSI-BACKUP-01": "blocked: the export failed"},
			onResponse(getExports, func(_ *http.Request, a *answer) {
				a.body = changed(a.body, func(e map[string]any) { e["status"], e["downloadUri"] = "Failed", nil })
			}),
			rewrite(
				export,
				func(_, content map[string]any) { content["exportStatus"], content["modelUri"] = "ExportFailed", nil },
			),
			losing(blob.backup),
		),
		newDefect(
			"failed-export-mute",
			"A failed export sends no message.",
			catches{four: "an Export message in queue"},
			loseWhere(export, failed),
		),
		newDefect(
			"failed-export-completed",
			"The Export message of a failed export says that it completed.",
			catches{four: `Content.exportStatus = "ExportCompleted"`},
			rewrite(export, setContent("exportStatus", "ExportCompleted")),
		),
		newDefect(
			"failed-export-anonymous",
			"The message of a failed export names no project.",
			catches{four: `Content.projectId = ""`},
			rewrite(export, func(_, content map[string]any) {
				if content["exportStatus"] == "ExportFailed" {
					delete(content, "projectId")
				}
			}),
		),
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
	const five, six, seven = "CVSI-EXPORT-05", "CVSI-EXPORT-06", "CVSI-EXPORT-07"
	return []Defect{
		newDefect(
			"model-uri-is-container",
			"modelUri is the URL of the container.",
			catches{five: "modelUri = http", seven: "the content behind modelUri"},
			rewriteModelURI(path(func(p string) string { return p[:strings.LastIndex(p, "/")] })),
		),
		newDefect(
			"model-uri-other-blob",
			"modelUri names a blob that is not there.",
			catches{five: "modelUri = http", seven: "the content behind modelUri"},
			rewriteModelURI(path(func(p string) string { return p + ".zip" })),
		),
		newDefect(
			"model-uri-old-copy",
			"modelUri leads to a copy that is not the backup.",
			catches{five: "modelUri = http", seven: "got: SHA-256"},
			storing(func(b blob, put func(blob) error) error {
				if b.backup() {
					_ = put(blob{container: b.container, name: b.name + ".old", data: []byte("the model of yesterday")})
				}
				return put(b)
			}),
			rewriteModelURI(path(func(p string) string { return p + ".old" })),
		),
		newDefect(
			"model-uri-own-storage",
			"With a container too, modelUri is the signed link into the service's own storage.",
			catches{five: "modelUri = http"},
			useDownloadURIAsModelURI(),
		),
		newDefect("model-uri-encoded-twice", "modelUri is encoded twice.", catches{five: "%2520"},
			rewriteModelURI(path(func(p string) string { return strings.ReplaceAll(p, " ", "%20") }))),
		newDefect(
			"model-uri-cloud",
			"modelUri is at the account's address in the cloud.",
			catches{five: "blob.core.windows.net"},
			rewriteModelURI(func(u *url.URL) { u.Scheme, u.Host = "https", "devstoreaccount1.blob.core.windows.net" }),
		),
		newDefect(
			"model-uri-null",
			"modelUri is null.",
			catches{five: "absent, null or no string", six: "absent, null or no string", seven: "the service gave out none"},
			rewrite(export, setContent("modelUri", nil)),
		),
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
	const six = "CVSI-EXPORT-06"
	with := func(f func(url.Values)) change {
		return rewriteModelURI(func(u *url.URL) {
			q := u.Query()
			f(q)
			u.RawQuery = q.Encode()
		})
	}
	return []Defect{
		newDefect(
			"model-uri-unsigned",
			"Without a container modelUri has no signature.",
			catches{six: "modelUri with sig"},
			with(func(q url.Values) { q.Del("sig") }),
		),
		newDefect(
			"model-uri-no-expiry",
			"Without a container modelUri has no expiry.",
			catches{six: "modelUri with sig, and se or si"},
			with(func(q url.Values) { q.Del("se") }),
		),
		newDefect(
			"model-uri-expired",
			"Without a container modelUri is refused.",
			catches{six: "status 403"},
			with(func(q url.Values) {
				if q.Has("se") {
					q.Set("se", "2020-01-01T00:00:00Z")
				}
			}),
		),
		newDefect(
			"model-uri-needs-key",
			"Without a container modelUri leads to the API, which asks for the training key.",
			catches{six: "status 401"},
			rewriteModelURI(func(u *url.URL) {
				if u.Query().Has("sig") {
					u.Path, u.RawPath = "/customvision/v3.3/training/models"+u.Path, ""
				}
			}),
		),
		newDefect(
			"model-uri-other-model",
			"modelUri leads to another model.",
			catches{six: "the exported model behind modelUri"},
			rewriteModelURI(func(u *url.URL) { u.RawQuery += "&preview=1" }),
			onResponse(getModel, func(r *http.Request, a *answer) {
				if r.URL.Query().Has("preview") {
					a.replaceBody(200, "application/zip", "another model")
				}
			}),
		),
	}
}

func exportTimeDefects() []Defect {
	const seven, eight = "CVSI-EXPORT-07", "CVSI-EXPORT-08"
	write := func(project string, _ map[string]any) string {
		return fmt.Sprintf(
			`{"version":"1.0","type":"Export","Content":{"projectId":%q,"exportStatus":"ExportCompleted"}}`,
			project,
		)
	}
	return []Defect{
		newDefect(
			"message-before-backup",
			"The Export message is sent before the backup is stored.",
			catches{seven: "the message was stored first"},
			backupLast(),
		),
		newDefect(
			"export-message-before-answer",
			"ExportIteration waits for its message before it answers.",
			catches{eight: "before the answer"},
			early(export, exportIteration, write, true),
		).taking(0, 100*time.Millisecond),
		newDefect(
			"export-message-early",
			"The Export message is sent as soon as ExportIteration has answered.",
			catches{eight: "GetExports did not show it"},
			early(export, exportIteration, write, false),
		).taking(0, beyondStatusLag).
			within("status-lag", 100*time.Millisecond),
		newDefect(
			"export-status-lags",
			"GetExports goes on to show Exporting after the Export message.",
			catches{eight: "GetExports did not show it"},
			lagging(
				export,
				getExports,
				func(doc map[string]any) { doc["status"] = "Exporting" },
			),
		).within("status-lag", 100*time.Millisecond),
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
