package defect

import (
	"net/http"
	"strings"
)

func createDefects() []Defect {
	return append(
		append(createAnswerDefects(), createDocumentDefects()...),
		append(createPartDefects(), createFormDefects()...)...)
}

func createAnswerDefects() []Defect {
	return []Defect{
		newDefect("create-201", "CreateProject responds with 201.",
			catches{create01: "CreateProject answered 201"}, status(createProject, 201)),
		newDefect("create-html", "CreateProject responds with an HTML page.",
			catches{create01: "(text/html)", create03: "text/html"}, onResponse(createProject,
				func(_ *http.Request, a *answer) { a.replaceBody(200, "text/html", "<html>Created</html>") })),
		newDefect("create-without-id", "The response to CreateProject has no project id.",
			catches{create01: "200 with a project that has an id"}, document(createProject, drop("id"))),
		newDefect("create-refuses-uris", "CreateProject rejects the two storage parameters.",
			catches{create01: "answered 400", create02: "answered 400", create03: "answered 400"},
			refusing(createProject, 400, func(r *http.Request) bool { return hasQueryURI(r, queueURI) })),
		newDefect("create-hides-uris", "The response to CreateProject omits both storage URIs.",
			catches{create02: "settings.notificationQueueUri is absent"}, document(createProject, drop(queueURI, containerURI))),
		newDefect("create-hides-container", "The response to CreateProject omits the container URI.",
			catches{create02: "settings.exportModelContainerUri is absent"}, document(createProject, drop(containerURI))),
		newDefect("create-uris-outside", "The response to CreateProject has the storage URIs outside settings.",
			catches{create02: "is absent"}, document(createProject, func(doc, settings map[string]any) {
				doc[queueURI], doc[containerURI] = settings[queueURI], settings[containerURI]
				drop(queueURI, containerURI)(map[string]any{}, settings)
			})),
		newDefect("create-uris-listed", "The response to CreateProject has the queue URI as an array.",
			catches{create02: "settings.notificationQueueUri = ["},
			document(createProject, func(_, settings map[string]any) { settings[queueURI] = []any{settings[queueURI]} })),
		newDefect("create-uris-altered", "The response to CreateProject has a slash appended to the container URI.",
			catches{create02: `settings.exportModelContainerUri = "`}, document(createProject, func(_, settings map[string]any) {
				if uri, ok := settings[containerURI].(string); ok {
					settings[containerURI] = uri + "/"
				}
			})),
		newDefect("create-uris-swapped", "The response to CreateProject has the two storage URIs swapped.",
			catches{create02: "settings.notificationQueueUri ="}, document(createProject, func(_, settings map[string]any) {
				settings[queueURI], settings[containerURI] = settings[containerURI], settings[queueURI]
			})),
		newDefect("create-uris-respelt", "The response to CreateProject has NotificationQueueUri with a capital N.",
			catches{create02: "settings.notificationQueueUri is absent"}, document(createProject,
				func(_, settings map[string]any) {
					settings["NotificationQueueUri"] = settings[queueURI]
					delete(settings, queueURI)
				})),
		newDefect("uris-not-kept", "CreateProject checks and returns the storage URIs but does not save them.",
			catches{create07: "settings.notificationQueueUri =", train01: "a Training message in queue",
				backup01: "the container is empty"}, clearURIs()),
	}
}

// clearURIs clears the URIs of a project as soon as it is made.
func clearURIs() change {
	return func(s *service) {
		onResponse(createProject, func(r *http.Request, a *answer) {
			id, ok := decoded(a.body)["id"].(string)
			if !ok || a.status != http.StatusOK {
				return
			}
			clear := r.Clone(r.Context())
			clear.Method, clear.URL.RawQuery = http.MethodPatch, ""
			clear.URL.Path += "/" + id
			setBody(clear, encoded(map[string]any{"settings": map[string]any{queueURI: "", containerURI: ""}}))
			ask(s.Calls, clear)
		})(s)
	}
}

func createDocumentDefects() []Defect {
	return []Defect{
		newDefect("create-type", "The response to CreateProject has the content type text/plain.",
			catches{create03: `content type "text/plain"`},
			onResponse(createProject, func(_ *http.Request, a *answer) { a.header.Set("Content-Type", "text/plain") })),
		newDefect("create-no-description", "The response to CreateProject omits the description.",
			catches{create03: "description is absent"}, document(createProject, drop("description"))),
		newDefect("create-renames", "The response to CreateProject has another project name.",
			catches{create03: "name = "}, document(createProject, set("name", "other"))),
		newDefect("create-local-time", "The times in the response to CreateProject have no time zone.",
			catches{create03: "created: an RFC 3339 time in UTC"}, document(createProject, set("created", "2026-01-02T03:04:05"))),
		newDefect("create-creating", "The project's status is still Creating when CreateProject responds.",
			catches{create03: `status = "Creating"`}, document(createProject, set("status", "Creating"))),
		newDefect("create-string-boolean", "A boolean in the response to CreateProject is a string.",
			catches{create03: `settings.useNegativeSet = "true"`}, document(createProject, setting("useNegativeSet", "true"))),
		newDefect("create-null-platforms", "The target export platforms in the response to CreateProject are null.",
			catches{create03: "settings.targetExportPlatforms: an array"},
			document(createProject, setting("targetExportPlatforms", nil))),
		newDefect("create-no-settings", "The response to CreateProject omits the settings.",
			catches{create02: "settings.notificationQueueUri is absent", create03: "settings is absent"},
			document(createProject, drop("settings"))),
	}
}

// createPartDefects concern creates with one URI, or none.
func createPartDefects() []Defect {
	queueAlone := func(r *http.Request) bool { return hasQueryURI(r, queueURI) && !hasQueryURI(r, containerURI) }
	containerAlone := func(r *http.Request) bool { return hasQueryURI(r, containerURI) && !hasQueryURI(r, queueURI) }
	return append([]Defect{
		newDefect("queue-alone-refused", "CreateProject rejects a queue without a container.",
			catches{create04: "CreateProject answered 400"}, refusing(createProject, 400, queueAlone)),
		newDefect("queue-alone-201", "CreateProject with a queue only responds with 201.",
			catches{create04: "CreateProject answered 201"}, statusWhere(createProject, 201, queueAlone)),
		newDefect("queue-alone-hidden", "The response to CreateProject omits the queue URI if there is no container.",
			catches{create04: "settings.notificationQueueUri is absent"}, document(createProject,
				func(_, settings map[string]any) {
					if settings[containerURI] == nil {
						delete(settings, queueURI)
					}
				})),
		newDefect("queue-alone-unchecked", "CreateProject with a queue only sends no ConnectionTest message.",
			catches{create04: "a ConnectionTest message in queue"},
			loseWhere(test, func(l outgoingMessage) bool { return l.during() == createProject && queueAlone(l.asked) })),
		newDefect("queue-alone-mute", "A project with a queue only sends no Training message.",
			catches{create04: "a Training message in queue"}, keeping(func(l *projectLog) []change {
				return []change{loseWhere(training, func(m outgoingMessage) bool {
					_, last, _ := l.of(m.about("projectId"))
					return last.Container == ""
				})}
			})),
		newDefect("container-alone-refused", "CreateProject rejects a container without a queue.",
			catches{create05: "CreateProject answered 400"}, refusing(createProject, 400, containerAlone)),
		newDefect("container-alone-201", "CreateProject with a container only responds with 201.",
			catches{create05: "CreateProject answered 201"}, statusWhere(createProject, 201, containerAlone)),
		newDefect("container-alone-shows-queue",
			"The response to CreateProject with a container only contains a queue URI.",
			catches{create05: "settings.notificationQueueUri absent, null or empty"}, document(createProject,
				func(_, settings map[string]any) {
					if settings[queueURI] == nil {
						settings[queueURI] = settings[containerURI]
					}
				})),
	}, createBareDefects()...)
}

// createBareDefects concern creates without URIs.
func createBareDefects() []Defect {
	bare := func(r *http.Request) bool {
		return !hasQueryURI(r, queueURI) && !hasQueryURI(r, containerURI) && len(readBody(r)) == 0
	}
	return []Defect{
		newDefect("uris-demanded", "CreateProject rejects a project without storage URIs.",
			catches{create06: "CreateProject answered 400"}, refusing(createProject, 400, bare)),
		newDefect("bare-create-201", "CreateProject without storage URIs responds with 201.",
			catches{create06: "CreateProject answered 201"}, statusWhere(createProject, 201, bare)),
		newDefect("uris-invented", "The response to CreateProject without storage URIs contains a queue URI.",
			catches{create06: "absent, null or empty: it was not given"}, document(createProject,
				func(_, settings map[string]any) {
					if settings[queueURI] == nil {
						settings[queueURI] = "https://example.invalid/account/default"
					}
				})),
		writeToOtherProject("create-to-another-queue",
			"CreateProject without a queue sends a message to the queue of another project.",
			catches{create06: "PutMessage to queue"}, createProject, func(l *projectLog, latest uris, _ string) {
				l.send(latest.Queue, `{"version":"1.0","type":"ConnectionTest"}`)
			}),
		writeToOtherProject("create-to-another-container",
			"CreateProject without a container writes a test blob to the container of another project.",
			catches{create06: "PutBlob to blob"}, createProject,
			func(l *projectLog, latest uris, _ string) { l.put(latest.Container, testFolder+"/x") }),
	}
}

// writeToOtherProject does something to another project's storage when a project without
// any makes a call.
func writeToOtherProject(
	name, sentence string,
	caught catches,
	call string,
	do func(l *projectLog, latest uris, project string),
) Defect {
	return newDefect(name, sentence, caught, keeping(func(l *projectLog) []change {
		return []change{onResponse(call, func(r *http.Request, _ *answer) {
			project := projectOf(r)
			_, last, latest := l.of(project)
			if last == (uris{}) && latest != (uris{}) && !strings.Contains(r.URL.RawQuery, "Uri=") {
				do(l, latest, project)
			}
		})}
	})).nextTo(connect01)
}

// createFormDefects concern what is shown later, and the form of v3.4-preview.
func createFormDefects() []Defect {
	hidden := func(all []map[string]any) []map[string]any {
		for _, p := range all {
			settings, _ := p["settings"].(map[string]any)
			drop(queueURI, containerURI)(p, settings)
		}
		return all
	}
	withBody := func(r *http.Request) bool { return len(readBody(r)) > 0 }
	return []Defect{
		newDefect("get-hides-uris", "The response to GetProject omits the storage URIs.",
			catches{create07: "settings.notificationQueueUri is absent"}, document(getProject, drop(queueURI, containerURI))),
		newDefect("get-fails", "GetProject responds with 404.",
			catches{create07: "GetProject answered 404", update04: "blocked: GetProject answered 404"},
			refusing(getProject, 404, always)),
		newDefect("list-hides-uris", "The response to GetProjects omits the storage URIs.",
			catches{create07: "settings.notificationQueueUri is absent"}, list(getProjects, hidden)),
		newDefect("list-hides-project", "GetProjects returns an empty list.",
			catches{create07: "that one not among them", access01: "does not show the project that exists"},
			list(getProjects, func([]map[string]any) []map[string]any { return []map[string]any{} })),
		newDefect("body-ignored", "CreateProject ignores its request body.",
			catches{create08: "settings.notificationQueueUri is absent"},
			onRequest(createProject, func(r *http.Request) { setBody(r, nil) })),
		newDefect("body-refused", "CreateProject rejects a request body.",
			catches{create08: "CreateProject answered 415"}, refusing(createProject, 415, withBody)),
		newDefect("body-201", "CreateProject with a request body responds with 201.",
			catches{create08: "CreateProject answered 201"}, statusWhere(createProject, 201, withBody)),
	}
}
