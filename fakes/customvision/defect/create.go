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
	const one, two, three = "CVSI-CREATE-01", "CVSI-CREATE-02", "CVSI-CREATE-03"
	return []Defect{
		newDefect(
			"create-201",
			"CreateProject answers 201.",
			catches{one: "CreateProject answered 201"},
			status(createProject, 201),
		),
		newDefect(
			"create-html",
			"CreateProject answers with a page.",
			catches{one: "(text/html)", three: "text/html"},
			onResponse(
				createProject,
				func(_ *http.Request, a *answer) { a.replaceBody(200, "text/html", "<html>Created</html>") },
			),
		),
		newDefect(
			"create-without-id",
			"The new project has no id.",
			catches{one: "200 with a project that has an id"},
			document(createProject, drop("id")),
		),
		newDefect(
			"create-refuses-uris",
			"CreateProject does not know the two parameters.",
			catches{one: "answered 400", two: "answered 400", three: "answered 400"},
			refusing(createProject, 400, func(r *http.Request) bool { return hasQueryURI(r, queueURI) }),
		),
		newDefect(
			"create-hides-uris",
			"The answer of CreateProject shows no URIs.",
			catches{two: "settings.notificationQueueUri is absent"},
			document(createProject, drop(queueURI, containerURI)),
		),
		newDefect(
			"create-hides-container",
			"The answer of CreateProject shows the queue only.",
			catches{two: "settings.exportModelContainerUri is absent"},
			document(createProject, drop(containerURI)),
		),
		newDefect(
			"create-uris-outside",
			"The answer of CreateProject shows the URIs beside settings.",
			catches{two: "is absent"},
			document(createProject, func(doc, settings map[string]any) {
				doc[queueURI], doc[containerURI] = settings[queueURI], settings[containerURI]
				drop(queueURI, containerURI)(map[string]any{}, settings)
			}),
		),
		newDefect(
			"create-uris-listed",
			"The answer of CreateProject shows the queue's URI in a list.",
			catches{two: "settings.notificationQueueUri = ["},
			document(createProject, func(_, settings map[string]any) { settings[queueURI] = []any{settings[queueURI]} }),
		),
		newDefect(
			"create-uris-altered",
			"The answer of CreateProject shows the container's URI with a slash at its end.",
			catches{two: `settings.exportModelContainerUri = "`},
			document(createProject, func(_, settings map[string]any) {
				if uri, ok := settings[containerURI].(string); ok {
					settings[containerURI] = uri + "/"
				}
			}),
		),
		newDefect(
			"create-uris-swapped",
			"The answer of CreateProject shows each URI as the other.",
			catches{two: "settings.notificationQueueUri ="},
			document(createProject, func(_, settings map[string]any) {
				settings[queueURI], settings[containerURI] = settings[containerURI], settings[queueURI]
			}),
		),
		newDefect(
			"create-uris-respelt",
			"The answer of CreateProject spells notificationQueueUri with a capital.",
			catches{two: "settings.notificationQueueUri is absent"},
			document(createProject, func(_, settings map[string]any) {
				settings["NotificationQueueUri"] = settings[queueURI]
				delete(settings, queueURI)
			}),
		),
		newDefect(
			"uris-not-kept",
			"CreateProject shows the URIs and checks them, and does not keep them.",
			catches{
				"CVSI-CREATE-07": "settings.notificationQueueUri =",
				"CVSI-TRAIN-01":  "a Training message in queue",
				"CVSI-BACKUP-01": "the container is empty",
			},
			clearURIs(),
		),
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
	const two, three = "CVSI-CREATE-02", "CVSI-CREATE-03"
	return []Defect{
		newDefect(
			"create-type",
			"The answer of CreateProject is declared as plain text.",
			catches{three: `content type "text/plain"`},
			onResponse(createProject, func(_ *http.Request, a *answer) { a.header.Set("Content-Type", "text/plain") }),
		),
		newDefect(
			"create-no-description",
			"The new project has no description.",
			catches{three: "description is absent"},
			document(createProject, drop("description")),
		),
		newDefect(
			"create-renames",
			"The new project gets another name.",
			catches{three: "name = "},
			document(createProject, set("name", "other")),
		),
		newDefect(
			"create-local-time",
			"The times of the new project carry no zone.",
			catches{three: "created: an RFC 3339 time in UTC"},
			document(createProject, set("created", "2026-01-02T03:04:05")),
		),
		newDefect(
			"create-creating",
			"The new project is not ready when CreateProject answers.",
			catches{three: `status = "Creating"`},
			document(createProject, set("status", "Creating")),
		),
		newDefect(
			"create-string-boolean",
			"A boolean of the new project is a string.",
			catches{three: `settings.useNegativeSet = "true"`},
			document(createProject, setting("useNegativeSet", "true")),
		),
		newDefect(
			"create-null-platforms",
			"The platforms of the new project are null.",
			catches{three: "settings.targetExportPlatforms: an array"},
			document(createProject, setting("targetExportPlatforms", nil)),
		),
		newDefect(
			"create-no-settings",
			"The new project has no settings.",
			catches{two: "settings.notificationQueueUri is absent", three: "settings is absent"},
			document(createProject, drop("settings")),
		),
	}
}

// createPartDefects concern creates with one URI, or none.
func createPartDefects() []Defect {
	const four, five = "CVSI-CREATE-04", "CVSI-CREATE-05"
	queueAlone := func(r *http.Request) bool { return hasQueryURI(r, queueURI) && !hasQueryURI(r, containerURI) }
	containerAlone := func(r *http.Request) bool { return hasQueryURI(r, containerURI) && !hasQueryURI(r, queueURI) }
	return append([]Defect{
		newDefect(
			"queue-alone-refused",
			"The queue alone is refused.",
			catches{four: "CreateProject answered 400"},
			refusing(createProject, 400, queueAlone),
		),
		newDefect(
			"queue-alone-201",
			"A create with the queue alone answers 201.",
			catches{four: "CreateProject answered 201"},
			statusWhere(createProject, 201, queueAlone),
		),
		newDefect(
			"queue-alone-hidden",
			"The queue alone is not shown.",
			catches{four: "settings.notificationQueueUri is absent"},
			document(createProject, func(_, settings map[string]any) {
				if settings[containerURI] == nil {
					delete(settings, queueURI)
				}
			}),
		),
		newDefect(
			"queue-alone-unchecked",
			"A queue that is given alone gets no ConnectionTest message.",
			catches{four: "a ConnectionTest message in queue"},
			loseWhere(test, func(l outgoingMessage) bool { return l.during() == createProject && queueAlone(l.asked) }),
		),
		newDefect(
			"queue-alone-mute",
			"A project with a queue alone is not told of trainings.",
			catches{four: "a Training message in queue"},
			keeping(func(l *projectLog) []change {
				return []change{loseWhere(training, func(m outgoingMessage) bool {
					_, last, _ := l.of(m.about("projectId"))
					return last.Container == ""
				})}
			}),
		),
		newDefect(
			"container-alone-refused",
			"The container alone is refused.",
			catches{five: "CreateProject answered 400"},
			refusing(createProject, 400, containerAlone),
		),
		newDefect(
			"container-alone-201",
			"A create with the container alone answers 201.",
			catches{five: "CreateProject answered 201"},
			statusWhere(createProject, 201, containerAlone),
		),
		newDefect(
			"container-alone-shows-queue",
			"A project with a container alone shows a queue that nobody gave.",
			catches{five: "settings.notificationQueueUri absent, null or empty"},
			document(createProject, func(_, settings map[string]any) {
				if settings[queueURI] == nil {
					settings[queueURI] = settings[containerURI]
				}
			}),
		),
	}, createBareDefects()...)
}

// createBareDefects concern creates without URIs.
func createBareDefects() []Defect {
	const six = "CVSI-CREATE-06"
	bare := func(r *http.Request) bool {
		return !hasQueryURI(r, queueURI) && !hasQueryURI(r, containerURI) && len(readBody(r)) == 0
	}
	return []Defect{
		newDefect(
			"uris-demanded",
			"A create without URIs is refused.",
			catches{six: "CreateProject answered 400"},
			refusing(createProject, 400, bare),
		),
		newDefect(
			"bare-create-201",
			"A create without URIs answers 201.",
			catches{six: "CreateProject answered 201"},
			statusWhere(createProject, 201, bare),
		),
		newDefect(
			"uris-invented",
			"A project without URIs shows some.",
			catches{six: "absent, null or empty: it was not given"},
			document(createProject, func(_, settings map[string]any) {
				if settings[queueURI] == nil {
					settings[queueURI] = "https://example.invalid/account/default"
				}
			}),
		),
		writeToOtherProject(
			"create-to-another-queue",
			"A create without a queue tells the queue of another project.",
			catches{six: "PutMessage to queue"},
			createProject,
			func(l *projectLog, latest uris, _ string) {
				l.send(latest.Queue, `{"version":"1.0","type":"ConnectionTest"}`)
			},
		),
		writeToOtherProject(
			"create-to-another-container",
			"A create without a container tries the container of another project.",
			catches{six: "PutBlob to blob"},
			createProject,
			func(l *projectLog, latest uris, _ string) { l.put(latest.Container, testFolder+"/x") },
		),
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
	})).nextTo("CVSI-CONNECT-01")
}

// createFormDefects concern what is shown later, and the form of v3.4-preview.
func createFormDefects() []Defect {
	const seven, eight = "CVSI-CREATE-07", "CVSI-CREATE-08"
	hidden := func(all []map[string]any) []map[string]any {
		for _, p := range all {
			settings, _ := p["settings"].(map[string]any)
			drop(queueURI, containerURI)(p, settings)
		}
		return all
	}
	withBody := func(r *http.Request) bool { return len(readBody(r)) > 0 }
	return []Defect{
		newDefect("get-hides-uris", "GetProject shows no URIs.", catches{seven: "settings.notificationQueueUri is absent"},
			document(getProject, drop(queueURI, containerURI))),
		newDefect(
			"get-fails",
			"GetProject answers 404.",
			catches{seven: "GetProject answered 404", "CVSI-UPDATE-04": "blocked: GetProject answered 404"},
			refusing(getProject, 404, always),
		),
		newDefect(
			"list-hides-uris",
			"The project list shows no URIs.",
			catches{seven: "settings.notificationQueueUri is absent"},
			list(getProjects, hidden),
		),
		newDefect(
			"list-hides-project",
			"The project list is empty.",
			catches{seven: "that one not among them", "CVSI-ACCESS-01": "does not show the project that exists"},
			list(getProjects, func([]map[string]any) []map[string]any { return []map[string]any{} }),
		),
		newDefect(
			"body-ignored",
			"The body of a create is not read.",
			catches{eight: "settings.notificationQueueUri is absent"},
			onRequest(createProject, func(r *http.Request) { setBody(r, nil) }),
		),
		newDefect(
			"body-refused",
			"A create with a body is refused.",
			catches{eight: "CreateProject answered 415"},
			refusing(createProject, 415, withBody),
		),
		newDefect(
			"body-201",
			"A create with a body answers 201.",
			catches{eight: "CreateProject answered 201"},
			statusWhere(createProject, 201, withBody),
		),
	}
}
