package defect

import "net/http"

func updateDefects() []Defect {
	return append(append(updateAnswerDefects(), updateKeptDefects()...), append(takeoverDefects(), updatedDefects()...)...)
}

func updateAnswerDefects() []Defect {
	return []Defect{
		newDefect("update-refused", "UpdateProject rejects the request body of the documentation.",
			catches{update01: "UpdateProject answered 400", update02: "UpdateProject answered 400"},
			refusing(updateProject, 400, always)),
		newDefect("update-refuses-status", "UpdateProject rejects a request body that contains the status.",
			catches{update01: "UpdateProject answered 400"},
			refusing(updateProject, 400, func(r *http.Request) bool { return decoded(readBody(r))["status"] != nil })),
		newDefect("update-no-content", "UpdateProject responds with 204.",
			catches{update01: "UpdateProject answered 204"},
			onResponse(updateProject, func(_ *http.Request, a *answer) { a.status, a.body = 204, nil })),
		newDefect("update-without-id", "The response to UpdateProject has no project id.",
			catches{update01: "a project that has an id"}, document(updateProject, drop("id"))),
		newDefect("update-ignores-uris", "UpdateProject ignores the storage URIs.",
			catches{update02: "settings.notificationQueueUri is absent"}, body(updateProject, drop(queueURI, containerURI))),
		newDefect("update-hides-uris", "The response to UpdateProject omits the storage URIs.",
			catches{update02: "settings.notificationQueueUri is absent"}, document(updateProject, drop(queueURI, containerURI))),
		newDefect("update-hidden-later", "The response to GetProject omits the container URI.",
			catches{update02: "settings.exportModelContainerUri is absent"}, document(getProject, drop(containerURI))),
	}
}

// updateKeptDefects concern what an update names, and what it does not.
func updateKeptDefects() []Defect {
	unnamed := func(name string, value any) func(doc, settings map[string]any) {
		return func(doc, _ map[string]any) {
			if _, named := doc[name]; !named {
				doc[name] = value
			}
		}
	}
	clear := func(name string) change {
		return body(updateProject, func(doc, settings map[string]any) {
			if settings == nil {
				doc["settings"] = map[string]any{name: ""}
			}
		})
	}
	return []Defect{
		newDefect("update-forgets-description", "UpdateProject clears a description that the request does not contain.",
			catches{update04: `-  "description": "made by cvconform"`}, body(updateProject, unnamed("description", ""))),
		newDefect("update-resets-platforms",
			"UpdateProject resets target export platforms that the request does not contain.",
			catches{update04: `"CoreML"`},
			body(updateProject, unnamed("settings", map[string]any{"targetExportPlatforms": []string{"CoreML"}}))),
		newDefect("update-keeps-name", "UpdateProject does not change the name.",
			catches{update04: "the values that the update names"}, body(updateProject, drop("name"))),
		newDefect("update-of-uris-alone-ignored", "UpdateProject ignores a request that contains only the storage URIs.",
			catches{update04: "the values that the update names"}, body(updateProject, func(doc, _ map[string]any) {
				if _, named := doc["name"]; !named {
					delete(doc, "settings")
				}
			})),
		newDefect("update-clears-queue", "UpdateProject clears the queue when it changes the name.",
			catches{update05: "a Training message in queue", update04: `"notificationQueueUri": null`}, clear(queueURI)),
		newDefect("update-clears-container", "UpdateProject clears the container when it changes the name.",
			catches{update05: "the container is empty"}, clear(containerURI)),
		newDefect("renamed-exports-mute", "A renamed project sends no Export message.",
			catches{update05: "an Export message in queue"}, keeping(func(l *projectLog) []change {
				return []change{loseWhere(export, func(m outgoingMessage) bool { return l.renamed(m.about("projectId")) })}
			})),
	}
}

// takeoverDefects concern which storage is used after an update.
func takeoverDefects() []Defect {
	moved := func(kind string, copies bool) change {
		return keeping(func(l *projectLog) []change {
			return []change{handling(kind, func(m outgoingMessage, send func(outgoingMessage) error) error {
				first, last, _ := l.of(m.about("projectId"))
				if first == last || first == (uris{}) {
					return send(m)
				}
				if copies {
					_ = send(m)
				}
				m.queue = first.Queue
				return send(m)
			})}
		})
	}
	backup := func(copies bool) change {
		return keeping(func(l *projectLog) []change {
			return []change{storing(func(b blob, put func(blob) error) error {
				first, last, _ := l.of(b.project())
				if !b.backup() || first == last || first == (uris{}) {
					return put(b)
				}
				if copies {
					_ = put(b)
				}
				b.container = first.Container
				return put(b)
			})}
		})
	}
	return []Defect{
		newDefect("move-keeps-old-queue", "After a change of the queue, Training messages go to the old queue.",
			catches{update03: "a Training message in queue"}, moved(training, false)),
		newDefect("move-keeps-both-queues", "After a change of the queue, Export messages go to both queues.",
			catches{update03: "nothing in the old queue"}, moved(export, true)),
		newDefect("move-keeps-old-container", "After a change of the container, backups go to the old container.",
			catches{update03: "the container is empty"}, backup(false)),
		newDefect("move-keeps-both-containers", "After a change of the container, backups go to both containers.",
			catches{update03: "nothing in the old container"}, backup(true)),
	}
}

// updatedDefects concern projects that got their integration by an update.
func updatedDefects() []Defect {
	muteWhere := func(kind string) change {
		return keeping(func(l *projectLog) []change {
			return []change{
				loseWhere(kind, func(m outgoingMessage) bool { return m.kind() != test && l.updated(m.about("projectId")) }),
			}
		})
	}
	return []Defect{
		newDefect("updated-never-notified",
			"A project that was integrated by UpdateProject sends no Training or Export message.",
			catches{update06: "a Training message in queue"}, muteWhere("")),
		newDefect("updated-exports-mute", "A project that was integrated by UpdateProject sends no Export message.",
			catches{update06: "an Export message in queue"}, muteWhere(export)),
		newDefect("updated-no-backup", "A project that was integrated by UpdateProject stores no backup.",
			catches{update06: "the container is empty"}, keeping(func(l *projectLog) []change {
				return []change{losing(func(b blob) bool { return b.backup() && l.updated(b.project()) })}
			})),
	}
}
