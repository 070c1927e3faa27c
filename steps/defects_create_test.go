package steps_test

import (
	"net/http"
	"net/url"
	"strings"
)

const (
	queueURI     = "notificationQueueUri"
	containerURI = "exportModelContainerUri"
)

// gave says whether a create names that URI in its query.
func gave(r *http.Request, name string) bool { return r.URL.Query().Get(name) != "" }

// query changes the query of a request.
func query(call string, f func(url.Values)) fault {
	return asking(call, func(r *http.Request) {
		q := r.URL.Query()
		f(q)
		r.URL.RawQuery = q.Encode()
	})
}

func createDefects() []defect {
	return append(createAnswerDefects(), createFormDefects()...)
}

func createAnswerDefects() []defect {
	const one, two, three = "CVSI-CREATE-01", "CVSI-CREATE-02", "CVSI-CREATE-03"
	return []defect{
		broken("create-201", "CreateProject answers 201.", breaks{one: "CreateProject answered 201"}, status(createProject, 201)),
		broken("create-html", "CreateProject answers a page.", breaks{one: "(text/html)", three: "text/html"},
			answering(createProject, func(_ *http.Request, a *answer) { a.say(200, "text/html", "<html>Created</html>") })),
		broken("create-without-id", "The new project has no id.", breaks{one: "200 with a project that has an id"}, document(createProject, drop("id"))),
		broken("create-refuses-uris", "CreateProject does not know the two parameters.", breaks{one: "answered 400", two: "answered 400", three: "answered 400"},
			refusing(createProject, 400, func(r *http.Request) bool { return gave(r, queueURI) })),
		broken("create-hides-uris", "The answer shows no URIs.", breaks{two: "settings.notificationQueueUri is absent"},
			document(createProject, drop(queueURI, containerURI))),
		broken("create-hides-container", "The answer shows the queue only.", breaks{two: "settings.exportModelContainerUri is absent"},
			document(createProject, drop(containerURI))),
		broken("create-uris-outside", "The answer shows the URIs beside settings.", breaks{two: "is absent"},
			document(createProject, func(doc, settings map[string]any) {
				doc[queueURI], doc[containerURI] = settings[queueURI], settings[containerURI]
				drop(queueURI, containerURI)(map[string]any{}, settings)
			})),
		broken("create-uris-listed", "A URI is shown in a list.", breaks{two: "settings.notificationQueueUri = ["},
			document(createProject, func(_, settings map[string]any) { settings[queueURI] = []any{settings[queueURI]} })),
		broken("create-uris-altered", "A URI is shown with a slash at its end.", breaks{two: `settings.exportModelContainerUri = "`},
			document(createProject, func(_, settings map[string]any) { settings[containerURI] = settings[containerURI].(string) + "/" })),
		broken("create-uris-swapped", "Each URI is shown as the other.", breaks{two: "settings.notificationQueueUri ="},
			document(createProject, func(_, settings map[string]any) {
				settings[queueURI], settings[containerURI] = settings[containerURI], settings[queueURI]
			})),
		broken("create-uris-respelt", "The members are spelt with a capital.", breaks{two: "settings.notificationQueueUri is absent"},
			document(createProject, func(_, settings map[string]any) {
				settings["NotificationQueueUri"] = settings[queueURI]
				delete(settings, queueURI)
			})),
		broken("create-type", "The answer is declared as plain text.", breaks{three: `content type "text/plain"`},
			answering(createProject, func(_ *http.Request, a *answer) { a.header.Set("Content-Type", "text/plain") })),
		broken("create-no-description", "The project has no description.", breaks{three: "description is absent"}, document(createProject, drop("description"))),
		broken("create-renames", "The project gets another name.", breaks{three: "name = "}, document(createProject, set("name", "other"))),
		broken("create-local-time", "Times carry no zone.", breaks{three: "created: an RFC 3339 time in UTC"},
			document(createProject, set("created", "2026-01-02T03:04:05"))),
		broken("create-creating", "The project is not ready.", breaks{three: `status = "Creating"`}, document(createProject, set("status", "Creating"))),
		broken("create-string-boolean", "A boolean is a string.", breaks{three: `settings.useNegativeSet = "true"`},
			document(createProject, setting("useNegativeSet", "true"))),
		broken("create-null-platforms", "The platforms are null.", breaks{three: "settings.targetExportPlatforms: an array"},
			document(createProject, setting("targetExportPlatforms", nil))),
		broken("create-no-settings", "There are no settings.", breaks{two: "settings.notificationQueueUri is absent", three: "settings is absent"},
			document(createProject, drop("settings"))),
	}
}

func createFormDefects() []defect {
	const seven, eight = "CVSI-CREATE-07", "CVSI-CREATE-08"
	hidden := func(all []map[string]any) []map[string]any {
		for _, p := range all {
			drop(queueURI, containerURI)(p, p["settings"].(map[string]any))
		}
		return all
	}
	return append(createPartDefects(),
		broken("get-hides-uris", "GetProject shows no URIs.", breaks{seven: "settings.notificationQueueUri is absent"},
			document(getProject, drop(queueURI, containerURI))),
		broken("get-fails", "GetProject answers 404.", breaks{seven: "GetProject answered 404", "CVSI-UPDATE-04": "blocked: GetProject answered 404"}, refusing(getProject, 404, always)),
		broken("list-hides-uris", "The project list shows no URIs.", breaks{seven: "settings.notificationQueueUri is absent"}, list(getProjects, hidden)),
		broken("list-hides-project", "The project list is empty.", breaks{seven: "that one not among them"},
			list(getProjects, func([]map[string]any) []map[string]any { return []map[string]any{} })),
		broken("body-ignored", "The body of a create is not read.", breaks{eight: "settings.notificationQueueUri is absent"},
			asking(createProject, func(r *http.Request) { r.Body = http.NoBody })),
		broken("body-refused", "A create with a body is refused.", breaks{eight: "CreateProject answered 415"},
			refusing(createProject, 415, func(r *http.Request) bool { return len(readBody(r)) > 0 })),
	)
}

// createPartDefects concern creates with one URI, or none.
func createPartDefects() []defect {
	const four, five, six = "CVSI-CREATE-04", "CVSI-CREATE-05", "CVSI-CREATE-06"
	without := func(name string) func(*http.Request) bool {
		return func(r *http.Request) bool { return !gave(r, name) }
	}
	return []defect{
		broken("queue-alone-refused", "The queue alone is refused.", breaks{four: "CreateProject answered 400"},
			refusing(createProject, 400, without(containerURI))),
		broken("queue-alone-hidden", "The queue alone is not shown.", breaks{four: "settings.notificationQueueUri is absent"},
			document(createProject, func(_, settings map[string]any) {
				if settings[containerURI] == nil {
					delete(settings, queueURI)
				}
			})),
		broken("queue-alone-mute", "A project with a queue alone is not told of trainings.", breaks{four: "a Training message in queue"},
			keeping(func(l *ledger) []fault {
				return []fault{loseWhere("Training", func(m letter) bool {
					_, last, _ := l.of(m.about("projectId"))
					return last.Container == ""
				})}
			})),
		broken("container-alone-refused", "The container alone is refused.", breaks{five: "CreateProject answered 400"},
			refusing(createProject, 400, without(queueURI))),
		broken("container-alone-shows-queue", "A queue is shown that nobody gave.", breaks{five: "settings.notificationQueueUri absent, null or empty"},
			document(createProject, func(_, settings map[string]any) {
				if settings[queueURI] == nil {
					settings[queueURI] = settings[containerURI]
				}
			})),
		broken("uris-demanded", "A create without URIs is refused.", breaks{six: "CreateProject answered 400"},
			refusing(createProject, 400, func(r *http.Request) bool { return !gave(r, queueURI) && !gave(r, containerURI) })),
		broken("uris-invented", "A create without URIs shows some.", breaks{six: "absent, null or empty: it was not given"},
			document(createProject, func(_, settings map[string]any) {
				if settings[queueURI] == nil {
					settings[queueURI] = "https://example.invalid/account/default"
				}
			})),
		astray("create-to-another-queue", "A create without a queue tells that of another project.", breaks{six: "PutMessage to queue"},
			createProject, func(l *ledger, latest uris, _ string) {
				l.send(latest.Queue, `{"version":"1.0","type":"ConnectionTest"}`)
			}),
		astray("create-to-another-container", "A create without a container tries that of another project.", breaks{six: "PutBlob to blob"},
			createProject, func(l *ledger, latest uris, _ string) { l.put(latest.Container, "Customvision-TestPermission/x") }),
	}
}

// astray does something to another project's storage when a project without
// any makes a call.
func astray(name, is string, breaks breaks, call string, do func(l *ledger, latest uris, project string)) defect {
	return broken(name, is, breaks, keeping(func(l *ledger) []fault {
		return []fault{answering(call, func(r *http.Request, a *answer) {
			project := projectOf(r)
			_, last, latest := l.of(project)
			if last == (uris{}) && latest != (uris{}) && !strings.Contains(r.URL.RawQuery, "Uri=") {
				do(l, latest, project)
			}
		})}
	})).nextTo("CVSI-CONNECT-01")
}
