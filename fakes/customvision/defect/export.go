package defect

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cvconform/cvconform/fakes/azurite/devaccount"
)

func exportDefects() []Defect {
	return slices.Concat(exportMessageDefects(), exportOutcomeDefects(), modelURIDefects(), signatureDefects(),
		exportTimeDefects())
}

// exportMessageDefects concern the content and the number of Export messages.
func exportMessageDefects() []Defect {
	return []Defect{
		newDefect("no-export-message", "No Export message is sent.",
			catches{export01: "the queue holds 1 ConnectionTest, 1 Training", export02: "an Export message in queue",
				export03: "an Export message", export04: "an Export message", export05: "an Export message",
				export06: "an Export message", export08: "an Export message", export11: "an Export message",
				export12: "an Export message"}, dropMessages(export)),
		newDefect("export-202", "ExportIteration responds with 202.",
			catches{export10: "ExportIteration returned 202"}, setStatus(exportIteration, 202)),
		newDefect("export-message-late", "The Export message is sent long after the export.",
			catches{export01: "an Export message in queue"}, delayMessages(export, afterEveryWait)),
		newDefect("export-other-type", "The Export message has another type.",
			catches{export02: "an Export message in queue"}, editMessages(export, set("type", "Exported"))),
		newDefect("export-content", "The Export message has its content in the member content, with a small c.",
			catches{export02: "an Export message of the documented form"}, editMessages(export, lowerCaseContent)),
		newDefect("export-status-key", "The Export message has status instead of exportStatus.",
			catches{export02: "/Content"}, editMessages(export, renameContent("exportStatus", "status"))),
		newDefect("export-uri-key", "The Export message has modelUrl instead of modelUri.",
			catches{export02: "/Content"}, editMessages(export, renameContent("modelUri", "modelUrl"))),
		newDefect("export-no-uri", "The Export message of a successful export has a null modelUri.",
			catches{export02: "/Content/modelUri"}, editMessages(export, setContent("modelUri", nil))),
		newDefect("export-version", "The Export message has another version.",
			catches{export02: "/version"}, editMessages(export, set("version", "1"))),
		newDefect("export-project", "The Export message names another project.",
			catches{export11: "Content.projectId ="}, editMessages(export, setContent("projectId", unknownID))),
		newDefect("export-iteration", "The Export message names another iteration.",
			catches{export11: "Content.iterationId ="}, editMessages(export, setContent("iterationId", unknownID))),
		newDefect("export-message-twice", "The Export message is sent twice.",
			catches{export09: "the export sent exactly one Export message"}, duplicateMessages(export)),
		newDefect("first-export-only", "Only the first export of an iteration sends a message.",
			catches{export09: "exactly one Export message from"}, func(s *service) {
				var announced memo[string]
				dropMessagesWhere(export, func(m message) bool {
					return announced.first(m.contentField("iterationId"), m.text) != m.text
				})(s)
			}),
	}
}

// exportOutcomeDefects concern the messages of successful and failed exports.
func exportOutcomeDefects() []Defect {
	isFailed := func(m message) bool { return m.contentField("exportStatus") == "ExportFailed" }
	return []Defect{
		newDefect("export-status", "The Export message has the status of the API, Done.",
			catches{export03: `Content.exportStatus = "Done"`}, editMessages(export, setContent("exportStatus", "Done"))),
		newDefect("export-always-failed", "The Export message of a successful export reports a failure.",
			catches{export03: `Content.exportStatus = "ExportFailed"`},
			editMessages(export, setContent("exportStatus", "ExportFailed"))),
		newDefect("exports-fail", "Every export fails.",
			catches{export03: "blocked: the export failed", backup01: "blocked: the export failed"},
			onResponse(getExports, func(_ *http.Request, resp *response) {
				resp.body = editJSON(resp.body, func(e map[string]any) { e["status"], e["downloadUri"] = "Failed", nil })
			}), editMessages(export,
				func(_, content map[string]any) { content["exportStatus"], content["modelUri"] = "ExportFailed", nil }),
			dropBlobs(blob.isBackup)),
		newDefect("failed-export-mute", "A failed export sends no message.",
			catches{export04: "an Export message in queue"}, dropMessagesWhere(export, isFailed)),
		newDefect("failed-export-completed", "The Export message of a failed export reports success.",
			catches{export04: `Content.exportStatus = "ExportCompleted"`},
			editMessages(export, setContent("exportStatus", "ExportCompleted"))),
		newDefect("failed-export-anonymous", "The Export message of a failed export has no projectId.",
			catches{export04: `Content.projectId = ""`}, editMessages(export, func(_, content map[string]any) {
				if content["exportStatus"] == "ExportFailed" {
					delete(content, "projectId")
				}
			})),
	}
}

// editModelURI changes the modelUri of Export messages.
func editModelURI(f func(u *url.URL)) change {
	return editMessages(export, func(_, content map[string]any) {
		link, _ := content["modelUri"].(string)
		u, err := url.Parse(link)
		if link == "" || err != nil {
			return
		}
		f(u)
		content["modelUri"] = u.String()
	})
}

// editPath changes the path of a URL.
func editPath(f func(string) string) func(*url.URL) {
	return func(u *url.URL) { u.Path, u.RawPath = f(u.Path), "" }
}

// modelURIDefects concern the modelUri of Export messages.
func modelURIDefects() []Defect {
	return []Defect{
		newDefect("model-uri-is-container", "modelUri is the URI of the container.",
			catches{export05: "modelUri = http", export07: "the content behind modelUri"},
			editModelURI(editPath(func(p string) string { return p[:strings.LastIndex(p, "/")] }))),
		newDefect("model-uri-other-blob", "modelUri is the URI of a blob that does not exist.",
			catches{export05: "modelUri = http", export07: "the content behind modelUri"},
			editModelURI(editPath(func(p string) string { return p + ".zip" }))),
		newDefect("model-uri-old-copy", "modelUri is the URI of an old copy instead of the backup.",
			catches{export05: "modelUri = http", export07: "got: SHA-256"}, onPut(func(b blob, put blobFunc) error {
				if b.isBackup() {
					_ = put(blob{container: b.container, name: b.name + ".old", data: []byte("the model of yesterday")})
				}
				return put(b)
			}), editModelURI(editPath(func(p string) string { return p + ".old" }))),
		newDefect("model-uri-own-storage",
			"modelUri is the download URI of the export although the project has a container.",
			catches{export05: "modelUri = http"}, useDownloadURIAsModelURI()),
		newDefect("model-uri-encoded-twice", "modelUri is percent-encoded twice.",
			catches{export05: "%2520"},
			editModelURI(editPath(func(p string) string { return strings.ReplaceAll(p, " ", "%20") }))),
		newDefect("model-uri-not-encoded", "modelUri contains the spaces of the backup's name.",
			catches{export12: `the character " " is not percent-encoded`},
			editMessages(export, func(_, content map[string]any) {
				if link, ok := content["modelUri"].(string); ok {
					content["modelUri"] = strings.ReplaceAll(link, "%20", " ")
				}
			})),
		newDefect("model-uri-cloud",
			"modelUri has the host name of the account in Azure instead of the configured endpoint.",
			catches{export05: "blob.core.windows.net"},
			editModelURI(func(u *url.URL) { u.Scheme, u.Host = "https", devaccount.Name+".blob.core.windows.net" })),
		newDefect("model-uri-null", "modelUri is always null.",
			catches{export05: "absent, null or no string", export06: "absent, null or no string",
				export07: "the service returned none"}, editMessages(export, setContent("modelUri", nil))),
	}
}

// useDownloadURIAsModelURI replaces the modelUri of successful exports with the downloadUri of the API.
func useDownloadURIAsModelURI() change {
	return func(s *service) {
		var requests sync.Map // of ExportIteration, by iteration
		onRequest(exportIteration, func(r *http.Request) { requests.Store(iterationOf(r), r.Clone(context.Background())) })(s)
		editMessages(export, func(_, content map[string]any) {
			old, _ := content["modelUri"].(string)
			iteration, _ := content["iterationId"].(string)
			r, ok := requests.Load(iteration)
			if !ok || old == "" {
				return
			}
			list := r.(*http.Request).Clone(context.Background())
			list.Method = http.MethodGet
			setBody(list, nil)
			editJSON(serve(s.Calls, list).body, func(e map[string]any) {
				if platform, _ := e["platform"].(string); strings.HasSuffix(old, "."+platform) {
					content["modelUri"] = e["downloadUri"]
				}
			})
		})(s)
	}
}

// signatureDefects concern the modelUri of projects without a container.
func signatureDefects() []Defect {
	editQuery := func(f func(url.Values)) change {
		return editModelURI(func(u *url.URL) {
			q := u.Query()
			f(q)
			u.RawQuery = q.Encode()
		})
	}
	return []Defect{
		newDefect("model-uri-unsigned", "modelUri has no signature if the project has no container.",
			catches{export06: "modelUri with sig"}, editQuery(func(q url.Values) { q.Del("sig") })),
		newDefect("model-uri-no-expiry", "modelUri has no expiry time if the project has no container.",
			catches{export06: "modelUri with sig, and se or si"}, editQuery(func(q url.Values) { q.Del("se") })),
		newDefect("model-uri-expired", "modelUri has expired if the project has no container.",
			catches{export06: "was over when the message was stored"}, editQuery(func(q url.Values) {
				if q.Has("se") {
					q.Set("se", "2020-01-01T00:00:00Z")
				}
			})),
		newDefect("model-uri-expiry-malformed",
			"The expiry time of modelUri is not in the format of a SAS if the project has no container.",
			catches{export06: "is no time of a SAS"}, editQuery(func(q url.Values) {
				if q.Has("se") {
					q.Set("se", "Wed, 21 Oct 2099 07:28:00 GMT")
				}
			})),
		newDefect("model-uri-sas-not-encoded",
			"modelUri has a query with a space that is not percent-encoded if the project has no container.",
			catches{export12: `the character " " is not percent-encoded`},
			editMessages(export, func(_, content map[string]any) {
				if link, _ := content["modelUri"].(string); strings.Contains(link, "sig=") {
					content["modelUri"] = link + "&rscd=a file"
				}
			})),
		newDefect("model-uri-needs-key", "modelUri requires the training key if the project has no container.",
			catches{export06: "status 401"}, editModelURI(func(u *url.URL) {
				if u.Query().Has("sig") {
					u.Path, u.RawPath = "/customvision/v3.3/training/models"+u.Path, ""
				}
			})),
		newDefect("model-uri-other-model", "modelUri returns another model.",
			catches{export06: "the exported model behind modelUri"},
			editModelURI(func(u *url.URL) { u.RawQuery += "&preview=1" }),
			onResponse(downloadModel, func(r *http.Request, resp *response) {
				if r.URL.Query().Has("preview") {
					resp.replaceBody(200, "application/zip", "another model")
				}
			})),
	}
}

// exportTimeDefects concern the time of Export messages.
func exportTimeDefects() []Defect {
	write := func(project string, _ map[string]any) string {
		return fmt.Sprintf(`{"version":"1.0","type":"Export",`+
			`"Content":{"projectId":%q,"exportStatus":"ExportCompleted"}}`, project)
	}
	return []Defect{
		newDefect("message-before-backup", "The Export message is sent before the backup is stored.",
			catches{export07: "the message was stored first"}, storeBackupAfterMessage()),
		newDefect("export-message-before-answer", "The Export message is sent before ExportIteration responds.",
			catches{export08: "before the response"}, sendEarly(export, exportIteration, write, true)).
			withWorkTime(0, 100*time.Millisecond),
		newDefect("export-message-early", "The Export message is sent when the export has only started.",
			catches{export08: "GetExports did not show it"}, sendEarly(export, exportIteration, write, false)).
			withWorkTime(0, beyondStatusLag).withBudget("status-lag", 100*time.Millisecond),
		newDefect("export-status-lags", "The export's status is still Exporting after the Export message.",
			catches{export08: "GetExports did not show it"},
			delayStatus(export, getExports, func(doc map[string]any) { doc["status"] = "Exporting" })).
			withBudget("status-lag", 100*time.Millisecond),
	}
}

// storeBackupAfterMessage delays a backup until the Export message has been sent.
func storeBackupAfterMessage() change {
	return func(s *service) {
		var mu sync.Mutex
		pending := map[string]func(){}
		onPut(func(b blob, put blobFunc) error {
			if !b.isBackup() {
				return put(b)
			}
			mu.Lock()
			defer mu.Unlock()
			pending[b.projectID()] = func() { _ = put(b) }
			return nil
		})(s)
		onMessage(export, func(m message, send sendFunc) error {
			err := send(m)
			mu.Lock()
			storePending := pending[m.contentField("projectId")]
			mu.Unlock() // before the write, which may be slow
			if storePending != nil {
				storePending()
			}
			return err
		})(s)
	}
}
