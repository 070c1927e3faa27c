package steps_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const export = "Export"

func exportDefects() []defect {
	return append(append(exportMessageDefects(), modelURIDefects()...), exportTimeDefects()...)
}

func exportMessageDefects() []defect {
	const one, two, three, four, nine = "CVSI-EXPORT-01", "CVSI-EXPORT-02", "CVSI-EXPORT-03", "CVSI-EXPORT-04", "CVSI-EXPORT-09"
	failed := func(l letter) bool { return l.about("exportStatus") == "ExportFailed" }
	return []defect{
		broken("no-export-message", "No Export message is sent.", breaks{one: "the queue holds 1 ConnectionTest, 1 Training", two: "an Export message in queue",
			three: "an Export message", four: "an Export message", "CVSI-EXPORT-05": "an Export message", "CVSI-EXPORT-06": "an Export message",
			"CVSI-EXPORT-08": "an Export message"}, lose(export)),
		broken("export-content-key", "Content is spelt small.", breaks{two: "an Export message in queue"}, rewrite(export, func(doc, content map[string]any) {
			doc["type"], doc["content"] = "Exported", content
		})),
		broken("export-status-key", "The status' member is misspelt.", breaks{two: "/Content"}, rewrite(export, respell("exportStatus", "status"))),
		broken("export-uri-key", "The link's member is misspelt.", breaks{two: "/Content"}, rewrite(export, respell("modelUri", "modelUrl"))),
		broken("export-no-uri", "A completed export has no link.", breaks{two: "/Content/modelUri"}, rewrite(export, tell("modelUri", nil))),
		broken("export-version", "The version is another.", breaks{two: "/version"}, rewrite(export, set("version", "1"))),
		broken("export-project", "The message names another project.", breaks{two: "Content.projectId ="}, rewrite(export, tell("projectId", "11111111-2222-3333-4444-555555555555"))),
		broken("export-iteration", "The message names another iteration.", breaks{two: "Content.iterationId ="},
			rewrite(export, tell("iterationId", "11111111-2222-3333-4444-555555555555"))),
		broken("export-status", "The status is that of the API.", breaks{three: `Content.exportStatus = "Done"`}, rewrite(export, tell("exportStatus", "Done"))),
		broken("export-always-failed", "A completed export says that it failed.", breaks{three: `Content.exportStatus = "ExportFailed"`},
			rewrite(export, tell("exportStatus", "ExportFailed"))),
		broken("exports-fail", "Every export fails.", breaks{three: "blocked: the export failed", "CVSI-BACKUP-01": "blocked: the export failed"},
			func(s *service) { s.options.FailExport = []string{""} }),
		broken("failed-export-mute", "A failed export sends no message.", breaks{four: "an Export message in queue"}, loseWhere(export, failed)),
		broken("failed-export-completed", "A failed export says that it completed.", breaks{four: `Content.exportStatus = "ExportCompleted"`},
			rewrite(export, tell("exportStatus", "ExportCompleted"))),
		broken("failed-export-anonymous", "A failed export names no project.", breaks{four: `Content.projectId = ""`}, rewrite(export, func(_, content map[string]any) {
			if content["exportStatus"] == "ExportFailed" {
				delete(content, "projectId")
			}
		})),
		broken("export-message-twice", "The message is sent twice.", breaks{nine: "got: 2"}, double(export)),
		broken("first-export-only", "Only the first export of an iteration is announced.", breaks{nine: "exactly one Export message from"}, func(s *service) {
			var told box[string]
			loseWhere(export, func(l letter) bool { return told.first(l.about("iterationId"), l.text) != l.text })(s)
		}),
	}
}

// linking changes modelUri.
func linking(f func(u *url.URL)) fault {
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

func modelURIDefects() []defect {
	const five, six, seven = "CVSI-EXPORT-05", "CVSI-EXPORT-06", "CVSI-EXPORT-07"
	without := func(names ...string) func(*url.URL) {
		return func(u *url.URL) {
			q := u.Query()
			for _, name := range names {
				q.Del(name)
			}
			u.RawQuery = q.Encode()
		}
	}
	path := func(f func(string) string) func(*url.URL) {
		return func(u *url.URL) { u.Path, u.RawPath = f(u.Path), "" }
	}
	return []defect{
		broken("model-uri-is-container", "modelUri is the URL of the container.", breaks{five: "modelUri = http", seven: "the content behind modelUri"},
			linking(path(func(p string) string { return p[:strings.LastIndex(p, "/")] }))),
		broken("model-uri-other-blob", "modelUri names a blob that is not there.", breaks{five: "modelUri = http", seven: "the content behind modelUri"},
			linking(path(func(p string) string { return p + ".zip" }))),
		broken("model-uri-old-copy", "modelUri leads to a copy that is not the backup.", breaks{five: "modelUri = http", seven: "got: SHA-256"},
			storing(func(b blob, put func(blob) error) error {
				if b.backup() {
					_ = put(blob{container: b.container, name: b.name + ".old", data: []byte("the model of yesterday")})
				}
				return put(b)
			}), linking(path(func(p string) string { return p + ".old" }))),
		broken("model-uri-encoded-twice", "modelUri is encoded twice.", breaks{five: "%2520"},
			linking(path(func(p string) string { return strings.ReplaceAll(p, " ", "%20") }))),
		broken("model-uri-cloud", "modelUri is at the account's address in the cloud.", breaks{five: "blob.core.windows.net"},
			linking(func(u *url.URL) { u.Scheme, u.Host = "https", "devstoreaccount1.blob.core.windows.net" })),
		broken("model-uri-null", "modelUri is null.", breaks{five: "absent, null or no string", six: "absent, null or no string", seven: "the service gave out none"},
			rewrite(export, tell("modelUri", nil))),
		broken("model-uri-unsigned", "Without a container modelUri has no signature.", breaks{six: "modelUri with sig"}, linking(without("sig"))),
		broken("model-uri-no-expiry", "Without a container modelUri has no expiry.", breaks{six: "modelUri with sig, and se or si"}, linking(without("se"))),
		broken("model-uri-expired", "Without a container modelUri is refused.", breaks{six: "status 403"}, linking(func(u *url.URL) {
			q := u.Query()
			q.Set("se", "2020-01-01T00:00:00Z")
			u.RawQuery = q.Encode()
		})),
		broken("model-uri-other-model", "modelUri leads to another model.", breaks{six: "the exported model behind modelUri"},
			linking(func(u *url.URL) { u.RawQuery += "&preview=1" }),
			answering(getModel, func(r *http.Request, a *answer) {
				if r.URL.Query().Has("preview") {
					a.say(200, "application/zip", "another model")
				}
			})),
	}
}

func exportTimeDefects() []defect {
	const seven, eight = "CVSI-EXPORT-07", "CVSI-EXPORT-08"
	write := func(project string, doc map[string]any) string {
		return fmt.Sprintf(`{"version":"1.0","type":"Export","Content":{"projectId":%q,"exportStatus":"ExportCompleted"}}`, project)
	}
	return []defect{
		broken("message-before-backup", "The message is sent before the backup is stored.", breaks{seven: "the message was stored first"}, backupLast()),
		broken("export-message-before-answer", "ExportIteration waits for its message before it answers.", breaks{eight: "before the answer"},
			durations(time.Millisecond, 100*time.Millisecond), early(export, exportIteration, write, true)),
		broken("export-message-early", "The message is sent as soon as ExportIteration has answered.", breaks{eight: "GetExports did not show it"},
			durations(time.Millisecond, 800*time.Millisecond), early(export, exportIteration, write, false)).within("status-lag", 100*time.Millisecond),
		broken("export-status-lags", "GetExports goes on to show Exporting after the message.", breaks{eight: "GetExports did not show it"},
			lagging(export, getExports, func(doc map[string]any) { doc["status"] = "Exporting" })...).within("status-lag", 100*time.Millisecond),
	}
}

// backupLast keeps a backup back until the Export message is sent.
func backupLast() fault {
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
		handling(export, func(l letter, send func(letter) error) error {
			err := send(l)
			mu.Lock()
			defer mu.Unlock()
			if late := pending[l.about("projectId")]; late != nil {
				late()
			}
			return err
		})(s)
	}
}
