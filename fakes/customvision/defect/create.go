package defect

import (
	"encoding/json"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

func createDefects() []Defect {
	return slices.Concat(createResponseDefects(), createDocumentDefects(), createWithPartDefects(),
		createWithoutURIsDefects(), readProjectDefects(), detectionDefects())
}

// createResponseDefects concern the status of CreateProject and the storage URIs in its response.
func createResponseDefects() []Defect {
	return []Defect{
		newDefect("create-201", "CreateProject responds with 201.",
			catches{create01: "CreateProject returned 201"}, setStatus(createProject, 201)),
		newDefect("create-html", "CreateProject responds with an HTML page.",
			catches{create01: "(text/html)", create03: "text/html"}, onResponse(createProject,
				func(_ *http.Request, resp *response) { resp.replaceBody(200, "text/html", "<html>Created</html>") })),
		newDefect("create-without-id", "The response to CreateProject has no project id.",
			catches{create01: "200 with a project that has an id"}, editDocument(createProject, remove("id"))),
		newDefect("create-refuses-uris", "CreateProject rejects the two storage parameters.",
			catches{create01: "returned 400", create02: "returned 400", create03: "returned 400"},
			reject(createProject, 400, func(r *http.Request) bool { return hasQueryURI(r, queueURI) })),
		newDefect("create-hides-uris", "The response to CreateProject omits both storage URIs.",
			catches{create02: "settings.notificationQueueUri is absent"},
			editDocument(createProject, remove(queueURI, containerURI))),
		newDefect("create-hides-container", "The response to CreateProject omits the container URI.",
			catches{create02: "settings.exportModelContainerUri is absent"}, editDocument(createProject, remove(containerURI))),
		newDefect("create-uris-outside", "The response to CreateProject has the storage URIs outside settings.",
			catches{create02: "is absent"}, editDocument(createProject, func(doc, settings map[string]any) {
				doc[queueURI], doc[containerURI] = settings[queueURI], settings[containerURI]
				remove(queueURI, containerURI)(map[string]any{}, settings)
			})),
		newDefect("create-uris-listed", "The response to CreateProject has the queue URI as an array.",
			catches{create02: "settings.notificationQueueUri = ["},
			editDocument(createProject, func(_, settings map[string]any) { settings[queueURI] = []any{settings[queueURI]} })),
		newDefect("create-uris-altered", "The response to CreateProject has a slash appended to the container URI.",
			catches{create02: `settings.exportModelContainerUri = "`},
			editDocument(createProject, func(_, settings map[string]any) {
				if uri, ok := settings[containerURI].(string); ok {
					settings[containerURI] = uri + "/"
				}
			})),
		newDefect("create-uris-swapped", "The response to CreateProject has the two storage URIs swapped.",
			catches{create02: "settings.notificationQueueUri ="},
			editDocument(createProject, func(_, settings map[string]any) {
				settings[queueURI], settings[containerURI] = settings[containerURI], settings[queueURI]
			})),
		newDefect("create-uris-respelt", "The response to CreateProject has NotificationQueueUri with a capital N.",
			catches{create02: "settings.notificationQueueUri is absent"},
			editDocument(createProject, func(_, settings map[string]any) {
				settings["NotificationQueueUri"] = settings[queueURI]
				delete(settings, queueURI)
			})),
		newDefect("uris-not-kept", "CreateProject checks and returns the storage URIs but does not save them.",
			catches{create07: "settings.notificationQueueUri =", train01: "a Training message in queue",
				backup01: "the container is empty"}, clearURIs()),
	}
}

// clearURIs clears the storage URIs of every new project.
func clearURIs() change {
	return func(s *service) {
		onResponse(createProject, func(r *http.Request, resp *response) {
			id, ok := decode(resp.body)["id"].(string)
			if !ok || resp.status != http.StatusOK {
				return
			}
			update := r.Clone(r.Context())
			update.Method, update.URL.RawQuery = http.MethodPatch, ""
			update.URL.Path += "/" + id
			setBody(update, encode(map[string]any{"settings": map[string]any{queueURI: "", containerURI: ""}}))
			serve(s.Calls, update)
		})(s)
	}
}

// createDocumentDefects concern the other members of the response to CreateProject.
func createDocumentDefects() []Defect {
	return []Defect{
		newDefect("create-type", "The response to CreateProject has the content type text/plain.",
			catches{create03: `content type "text/plain"`}, onResponse(createProject,
				func(_ *http.Request, resp *response) { resp.header.Set("Content-Type", "text/plain") })),
		newDefect("create-no-description", "The response to CreateProject omits the description.",
			catches{create03: "description is absent"}, editDocument(createProject, remove("description"))),
		newDefect("create-renames", "The response to CreateProject has another project name.",
			catches{create03: "name = "}, editDocument(createProject, set("name", "other"))),
		newDefect("create-local-time", "The times in the response to CreateProject have no time zone.",
			catches{create03: "created: an RFC 3339 time in UTC"},
			editDocument(createProject, set("created", "2026-01-02T03:04:05"))),
		newDefect("create-shifted-time", "The times in the response to CreateProject are local but marked as UTC.",
			catches{create03: "created within 1m0s of the call"}, editDocument(createProject, shiftTime("created"))),
		newDefect("create-shifted-modification",
			"The time of modification in the response to CreateProject is local but marked as UTC.",
			catches{create03: "lastModified within 1m0s of the call"}, editDocument(createProject, shiftTime("lastModified"))),
		newDefect("create-creating", "The project's status is still Creating when CreateProject responds.",
			catches{create03: `status = "Creating"`}, editDocument(createProject, set("status", "Creating"))),
		newDefect("create-string-boolean", "A boolean in the response to CreateProject is a string.",
			catches{create03: `settings.useNegativeSet = "true"`},
			editDocument(createProject, setInSettings("useNegativeSet", "true"))),
		newDefect("create-null-platforms", "The target export platforms in the response to CreateProject are null.",
			catches{create03: "settings.targetExportPlatforms: an array"},
			editDocument(createProject, setInSettings("targetExportPlatforms", nil))),
		newDefect("create-no-settings", "The response to CreateProject omits the settings.",
			catches{create02: "settings.notificationQueueUri is absent", create03: "settings is absent"},
			editDocument(createProject, remove("settings"))),
	}
}

// shiftTime changes a time in UTC to that of another time zone.
func shiftTime(name string) func(doc, settings map[string]any) {
	return func(doc, _ map[string]any) {
		s, _ := doc[name].(string)
		if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
			doc[name] = at.Add(9 * time.Hour).Format(time.RFC3339Nano)
		}
	}
}

// createWithPartDefects concern projects with a queue only or a container only.
func createWithPartDefects() []Defect {
	queueOnly := func(r *http.Request) bool { return hasQueryURI(r, queueURI) && !hasQueryURI(r, containerURI) }
	containerOnly := func(r *http.Request) bool { return hasQueryURI(r, containerURI) && !hasQueryURI(r, queueURI) }
	return []Defect{
		newDefect("queue-alone-refused", "CreateProject rejects a queue without a container.",
			catches{create04: "CreateProject returned 400"}, reject(createProject, 400, queueOnly)),
		newDefect("queue-alone-201", "CreateProject with a queue only responds with 201.",
			catches{create04: "CreateProject returned 201"}, setStatusWhere(createProject, 201, queueOnly)),
		newDefect("queue-alone-hidden", "The response to CreateProject omits the queue URI if there is no container.",
			catches{create04: "settings.notificationQueueUri is absent"},
			editDocument(createProject, func(_, settings map[string]any) {
				if settings[containerURI] == nil {
					delete(settings, queueURI)
				}
			})),
		newDefect("queue-alone-unchecked", "CreateProject with a queue only sends no ConnectionTest message.",
			catches{connect01: "a ConnectionTest message in queue"}, dropMessagesWhere(connectionTest,
				func(m message) bool { return m.call() == createProject && queueOnly(m.request) })),
		newDefect("queue-alone-mute", "A project with a queue only sends no Training message.",
			catches{train10: "a Training message in queue"}, dropWithoutContainer(training)),
		newDefect("queue-alone-exports-mute", "A project with a queue only sends no Export message.",
			catches{train10: "an Export message in queue"}, dropWithoutContainer(export)),
		newDefect("container-alone-refused", "CreateProject rejects a container without a queue.",
			catches{create05: "CreateProject returned 400"}, reject(createProject, 400, containerOnly)),
		newDefect("container-alone-201", "CreateProject with a container only responds with 201.",
			catches{create05: "CreateProject returned 201"}, setStatusWhere(createProject, 201, containerOnly)),
		newDefect("container-alone-shows-queue",
			"The response to CreateProject with a container only contains a queue URI.",
			catches{create05: "settings.notificationQueueUri absent, null or empty"},
			editDocument(createProject, func(_, settings map[string]any) {
				if settings[queueURI] == nil {
					settings[queueURI] = settings[containerURI]
				}
			})),
	}
}

// dropWithoutContainer suppresses the messages of projects without a container.
func dropWithoutContainer(messageType string) change {
	return withProjectLog(func(l *projectLog) []change {
		return []change{dropMessagesWhere(messageType, func(m message) bool {
			_, last, _ := l.urisOf(m.contentField("projectId"))
			return last.Container == ""
		})}
	})
}

// createWithoutURIsDefects concern projects without storage URIs.
func createWithoutURIsDefects() []Defect {
	withoutURIs := func(r *http.Request) bool {
		return !hasQueryURI(r, queueURI) && !hasQueryURI(r, containerURI) && len(readBody(r)) == 0
	}
	return []Defect{
		newDefect("uris-demanded", "CreateProject rejects a project without storage URIs.",
			catches{create06: "CreateProject returned 400"}, reject(createProject, 400, withoutURIs)),
		newDefect("bare-create-201", "CreateProject without storage URIs responds with 201.",
			catches{create06: "CreateProject returned 201"}, setStatusWhere(createProject, 201, withoutURIs)),
		newDefect("uris-invented", "The response to CreateProject without storage URIs contains a queue URI.",
			catches{create06: "absent, null or empty: it was not given"},
			editDocument(createProject, func(_, settings map[string]any) {
				if settings[queueURI] == nil {
					settings[queueURI] = "https://example.invalid/account/default"
				}
			})),
		writeToOtherProject("create-to-another-queue",
			"CreateProject without a queue sends a message to the queue of another project.",
			catches{create06: "PutMessage to queue"}, createProject,
			func(l *projectLog, latest uris, _ string) {
				l.send(latest.Queue, `{"version":"1.0","type":"ConnectionTest"}`)
			}),
		writeToOtherProject("create-to-another-container",
			"CreateProject without a container writes a test blob to the container of another project.",
			catches{create06: "PutBlob to blob"}, createProject,
			func(l *projectLog, latest uris, _ string) { l.put(latest.Container, testFolder+"/x") }),
	}
}

// writeToOtherProject returns a defect that calls write with the latest URIs of other projects, after a call for a
// project without storage URIs.
func writeToOtherProject(
	name, description string, caught catches,
	call string, write func(l *projectLog, latest uris, project string),
) Defect {
	return newDefect(name, description, caught, withProjectLog(func(l *projectLog) []change {
		return []change{onResponse(call, func(r *http.Request, _ *response) {
			project := projectOf(r)
			_, last, latest := l.urisOf(project)
			if last == (uris{}) && latest != (uris{}) && !strings.Contains(r.URL.RawQuery, "Uri=") {
				write(l, latest, project)
			}
		})}
	})).alsoSelect(connect01)
}

// readProjectDefects concern GetProject, GetProjects, and CreateProject with the request body of v3.4-preview.
func readProjectDefects() []Defect {
	hideURIs := func(all []map[string]any) []map[string]any {
		for _, p := range all {
			settings, _ := p["settings"].(map[string]any)
			remove(queueURI, containerURI)(p, settings)
		}
		return all
	}
	withBody := func(r *http.Request) bool { return len(readBody(r)) > 0 }
	return []Defect{
		newDefect("get-hides-uris", "The response to GetProject omits the storage URIs.",
			catches{create07: "settings.notificationQueueUri is absent"},
			editDocument(getProject, remove(queueURI, containerURI))),
		newDefect("get-fails", "GetProject responds with 404.",
			catches{create07: "GetProject returned 404", update04: "blocked: GetProject returned 404"},
			reject(getProject, 404, anyRequest)),
		newDefect("list-hides-uris", "The response to GetProjects omits the storage URIs.",
			catches{create07: "settings.notificationQueueUri is absent"}, editList(getProjects, hideURIs)),
		newDefect("list-hides-project", "GetProjects returns an empty list.",
			catches{create07: "that one not among them", access01: "does not show the project that exists"},
			editList(getProjects, func([]map[string]any) []map[string]any { return []map[string]any{} })),
		newDefect("body-ignored", "CreateProject ignores its request body.",
			catches{create08: "the service ignored the URIs in the JSON body"},
			onRequest(createProject, func(r *http.Request) { setBody(r, nil) })),
		newDefect("body-refused", "CreateProject rejects a request body.",
			catches{create08: "CreateProject returned 415"}, reject(createProject, 415, withBody)),
		newDefect("body-201", "CreateProject with a request body responds with 201.",
			catches{create08: "CreateProject returned 201"}, setStatusWhere(createProject, 201, withBody)),
	}
}

// detectionDefects concern object-detection projects.
func detectionDefects() []Defect {
	inDetection := func(f func(isDetection func(*http.Request) bool) change) change {
		return func(s *service) {
			f(func(r *http.Request) bool { return r != nil && callOf(r) == createProject && s.isDetection(r) })(s)
		}
	}
	return []Defect{
		newDefect("detection-refused", "CreateProject rejects storage URIs of an object-detection project.",
			catches{create09: "CreateProject returned 400"}, inDetection(func(is func(*http.Request) bool) change {
				return reject(createProject, 400, func(r *http.Request) bool { return hasQueryURI(r, queueURI) && is(r) })
			})),
		newDefect("detection-201", "CreateProject responds with 201 to an object-detection project.",
			catches{create09: "CreateProject returned 201"}, inDetection(func(is func(*http.Request) bool) change {
				return setStatusWhere(createProject, 201, is)
			})),
		newDefect("detection-hides-uris", "The response to CreateProject omits the URIs of an object-detection project.",
			catches{create09: "settings.notificationQueueUri is absent"}, inDetection(func(is func(*http.Request) bool) change {
				return onResponse(createProject, func(r *http.Request, resp *response) {
					if is(r) {
						resp.body = editJSON(resp.body, func(doc map[string]any) {
							settings, _ := doc["settings"].(map[string]any)
							remove(queueURI, containerURI)(doc, settings)
						})
					}
				})
			})),
		newDefect("detection-queue-unchecked", "CreateProject does not test the queue of an object-detection project.",
			catches{create09: "a ConnectionTest message in queue"}, inDetection(func(is func(*http.Request) bool) change {
				return dropMessagesWhere(connectionTest, func(m message) bool { return is(m.request) })
			})),
		newDefect("detection-container-unchecked",
			"CreateProject does not test the container of an object-detection project.",
			catches{create09: "no blob was stored"}, inDetection(func(is func(*http.Request) bool) change {
				return dropBlobs(func(b blob) bool { return is(b.request) })
			}), onDelete(func(blob, blobFunc) error { return nil })),
	}
}

// isDetection reports whether the request creates a project of an object-detection domain.
func (s *service) isDetection(r *http.Request) bool {
	list := r.Clone(r.Context())
	list.Method, list.URL.RawQuery = http.MethodGet, ""
	list.URL.Path = path.Join(path.Dir(r.URL.Path), "domains")
	setBody(list, nil)
	var domains []struct{ ID, Type string }
	_ = json.Unmarshal(serve(s.Calls, list).body, &domains)
	for _, d := range domains {
		if d.ID == r.URL.Query().Get("domainId") {
			return d.Type == "ObjectDetection"
		}
	}
	return false
}
