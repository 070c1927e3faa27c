package defect

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"
)

func updateDefects() []Defect {
	return slices.Concat(updateResponseDefects(), updateScopeDefects(), moveDefects(), integratedByUpdateDefects(),
		partialUpdateDefects(), repeatedURIDefects())
}

// updateResponseDefects concern the status and the response of UpdateProject.
func updateResponseDefects() []Defect {
	return []Defect{
		newDefect("update-refused", "UpdateProject rejects the request body of the documentation.",
			catches{update01: "UpdateProject returned 400", update02: "UpdateProject returned 400"},
			reject(updateProject, 400, anyRequest)),
		newDefect("update-refuses-status", "UpdateProject rejects a request body that contains the status.",
			catches{update01: "UpdateProject returned 400"},
			reject(updateProject, 400, func(r *http.Request) bool { return decode(readBody(r))["status"] != nil })),
		newDefect("update-no-content", "UpdateProject responds with 204.",
			catches{update01: "UpdateProject returned 204"},
			onResponse(updateProject, func(_ *http.Request, resp *response) { resp.status, resp.body = 204, nil })),
		newDefect("update-without-id", "The response to UpdateProject has no project id.",
			catches{update01: "a project that has an id"}, editDocument(updateProject, remove("id"))),
		newDefect("update-ignores-uris", "UpdateProject ignores the storage URIs.",
			catches{update02: "settings.notificationQueueUri is absent"},
			editRequestBody(updateProject, remove(queueURI, containerURI))),
		newDefect("update-hides-uris", "The response to UpdateProject omits the storage URIs.",
			catches{update02: "settings.notificationQueueUri is absent"},
			editDocument(updateProject, remove(queueURI, containerURI))),
		newDefect("update-hidden-later", "The response to GetProject omits the container URI.",
			catches{update02: "settings.exportModelContainerUri is absent"}, editDocument(getProject, remove(containerURI))),
	}
}

// updateScopeDefects concern the members that a request to UpdateProject contains, and those that it does not.
func updateScopeDefects() []Defect {
	setIfAbsent := func(name string, value any) func(doc, settings map[string]any) {
		return func(doc, _ map[string]any) {
			if _, present := doc[name]; !present {
				doc[name] = value
			}
		}
	}
	clear := func(name string) change {
		return editRequestBody(updateProject, func(doc, settings map[string]any) {
			if settings == nil {
				doc["settings"] = map[string]any{name: ""}
			}
		})
	}
	return []Defect{
		newDefect("update-forgets-description", "UpdateProject clears a description that the request does not contain.",
			catches{update04: `-  "description": "made by cvconform"`},
			editRequestBody(updateProject, setIfAbsent("description", ""))),
		newDefect("update-resets-platforms",
			"UpdateProject resets target export platforms that the request does not contain.",
			catches{update04: `"CoreML"`}, editRequestBody(updateProject,
				setIfAbsent("settings", map[string]any{"targetExportPlatforms": []string{"CoreML"}}))),
		newDefect("update-keeps-name", "UpdateProject does not change the name.",
			catches{update04: "the values that the update names"}, editRequestBody(updateProject, remove("name"))),
		newDefect("update-of-uris-alone-ignored", "UpdateProject ignores a request that contains only the storage URIs.",
			catches{update04: "the values that the update names"},
			editRequestBody(updateProject, func(doc, _ map[string]any) {
				if _, present := doc["name"]; !present {
					delete(doc, "settings")
				}
			})),
		newDefect("update-clears-queue", "UpdateProject clears the queue when it changes the name.",
			catches{update05: "a Training message in queue", update04: `"notificationQueueUri": null`}, clear(queueURI)),
		newDefect("update-clears-container", "UpdateProject clears the container when it changes the name.",
			catches{update05: "the container is empty"}, clear(containerURI)),
		newDefect("renamed-exports-mute", "A renamed project sends no Export message.",
			catches{update05: "an Export message in queue"}, withProjectLog(func(l *projectLog) []change {
				return []change{dropMessagesWhere(export, func(m message) bool { return l.isRenamed(m.contentField("projectId")) })}
			})),
	}
}

// moveDefects concern the storage that is used after an update of the URIs.
func moveDefects() []Defect {
	sendToFirstQueue := func(messageType string, alsoCurrent bool) change {
		return withProjectLog(func(l *projectLog) []change {
			return []change{onMessage(messageType, func(m message, send sendFunc) error {
				first, last, _ := l.urisOf(m.contentField("projectId"))
				if first == last || first == (uris{}) {
					return send(m)
				}
				if alsoCurrent {
					_ = send(m)
				}
				m.queue = first.Queue
				return send(m)
			})}
		})
	}
	backUpToFirstContainer := func(alsoCurrent bool) change {
		return withProjectLog(func(l *projectLog) []change {
			return []change{onPut(func(b blob, put blobFunc) error {
				first, last, _ := l.urisOf(b.projectID())
				if !b.isBackup() || first == last || first == (uris{}) {
					return put(b)
				}
				if alsoCurrent {
					_ = put(b)
				}
				b.container = first.Container
				return put(b)
			})}
		})
	}
	return []Defect{
		newDefect("move-keeps-old-queue", "After a change of the queue, Training messages go to the old queue.",
			catches{update03: "a Training message in queue"}, sendToFirstQueue(training, false)),
		newDefect("move-keeps-both-queues", "After a change of the queue, Export messages go to both queues.",
			catches{update03: "nothing in the old queue"}, sendToFirstQueue(export, true)),
		newDefect("move-keeps-old-container", "After a change of the container, backups go to the old container.",
			catches{update03: "the container is empty"}, backUpToFirstContainer(false)),
		newDefect("move-keeps-both-containers", "After a change of the container, backups go to both containers.",
			catches{update03: "nothing in the old container"}, backUpToFirstContainer(true)),
	}
}

// integratedByUpdateDefects concern projects that were given their storage URIs by UpdateProject.
func integratedByUpdateDefects() []Defect {
	dropAfterUpdate := func(messageType string) change {
		return withProjectLog(func(l *projectLog) []change {
			return []change{dropMessagesWhere(messageType, func(m message) bool {
				return m.messageType() != connectionTest && l.isUpdated(m.contentField("projectId"))
			})}
		})
	}
	return []Defect{
		newDefect("updated-never-notified",
			"A project that was integrated by UpdateProject sends no Training or Export message.",
			catches{update06: "a Training message in queue"}, dropAfterUpdate("")),
		newDefect("updated-exports-mute", "A project that was integrated by UpdateProject sends no Export message.",
			catches{update06: "an Export message in queue"}, dropAfterUpdate(export)),
		newDefect("updated-no-backup", "A project that was integrated by UpdateProject stores no backup.",
			catches{update06: "the container is empty"}, withProjectLog(func(l *projectLog) []change {
				return []change{dropBlobs(func(b blob) bool { return b.isBackup() && l.isUpdated(b.projectID()) })}
			})),
	}
}

// partialUpdateDefects concern updates that name one of the two URIs.
func partialUpdateDefects() []Defect {
	var out []Defect
	for _, each := range []struct{ what, named, other string }{
		{"queue", queueURI, containerURI}, {"container", containerURI, queueURI},
	} {
		namesOne := func(r *http.Request) bool {
			settings, _ := decode(readBody(r))["settings"].(map[string]any)
			_, named := settings[each.named]
			_, other := settings[each.other]
			return named && !other
		}
		out = append(out,
			newDefect("update-of-"+each.what+"-alone-refused", "UpdateProject rejects a request with the "+each.what+" only.",
				catches{update07: "UpdateProject returned 400"}, reject(updateProject, 400, namesOne)),
			newDefect("update-of-"+each.what+"-alone-201", "UpdateProject responds with 201 to the "+each.what+" only.",
				catches{update07: "UpdateProject returned 201"}, setStatusWhere(updateProject, 201, namesOne)),
			newDefect("update-of-"+each.what+"-alone-ignored", "UpdateProject ignores a request with the "+each.what+" only.",
				catches{update07: "settings." + each.named + " = "}, editUpdates(namesOne, func(settings map[string]any) {
					delete(settings, each.named)
				})),
			newDefect("update-of-"+each.what+"-clears-other",
				"UpdateProject with the "+each.what+" only removes the other URI.",
				catches{update08: "settings." + each.other + " is absent"},
				editUpdates(namesOne, func(settings map[string]any) { settings[each.other] = "" })))
	}
	return out
}

// editUpdates changes the settings in the requests to UpdateProject for which the condition holds.
func editUpdates(where func(*http.Request) bool, f func(settings map[string]any)) change {
	return onRequest(updateProject, func(r *http.Request) {
		if !where(r) {
			return
		}
		doc := decode(readBody(r))
		if settings, ok := doc["settings"].(map[string]any); ok {
			f(settings)
		}
		setBody(r, encode(doc))
	})
}

// repeatedURIDefects concern updates that name the URIs in force.
func repeatedURIDefects() []Defect {
	// whenRepeated returns the changes for a function that reports whether an update names a URI that is in force.
	whenRepeated := func(uri func(uris) string, f func(isRepeated func(*http.Request) bool) []change) change {
		return withProjectLog(func(l *projectLog) []change {
			var repeated sync.Map // by project
			return append(f(func(r *http.Request) bool {
				is, _ := repeated.Load(projectOf(r))
				return is == true
			}), onRequest(updateProject, func(r *http.Request) {
				var named entry
				_ = json.Unmarshal(readBody(r), &named)
				_, last, _ := l.urisOf(projectOf(r))
				repeated.Store(projectOf(r), uri(last) != "" && uri(last) == uri(named.Settings))
			}))
		})
	}
	return []Defect{
		newDefect("same-queue-untested", "UpdateProject does not test a queue that does not change.",
			catches{update09: "a ConnectionTest message in queue"},
			whenRepeated(func(u uris) string { return u.Queue }, func(isRepeated func(*http.Request) bool) []change {
				return []change{dropMessagesWhere(connectionTest, func(m message) bool {
					return m.call() == updateProject && isRepeated(m.request)
				})}
			})),
		newDefect("same-container-untested", "UpdateProject does not test a container that does not change.",
			catches{update09: "no blob was stored"},
			whenRepeated(func(u uris) string { return u.Container }, func(isRepeated func(*http.Request) bool) []change {
				return moveTestBlobs(func(b blob) blob {
					if b.call() == updateProject && isRepeated(b.request) {
						b.container = ""
					}
					return b
				})
			})),
	}
}
