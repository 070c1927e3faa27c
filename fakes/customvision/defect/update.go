package defect

import "net/http"

func updateDefects() []Defect {
	return append(append(updateAnswerDefects(), updateKeptDefects()...), append(takeoverDefects(), updatedDefects()...)...)
}

func updateAnswerDefects() []Defect {
	const one, two = "CVSI-UPDATE-01", "CVSI-UPDATE-02"
	return []Defect{
		newDefect(
			"update-refused",
			"UpdateProject refuses the guide's body.",
			catches{one: "UpdateProject answered 400", two: "UpdateProject answered 400"},
			refusing(updateProject, 400, always),
		),
		newDefect(
			"update-refuses-status",
			"UpdateProject refuses a body that names the status.",
			catches{one: "UpdateProject answered 400"},
			refusing(updateProject, 400, func(r *http.Request) bool { return decoded(readBody(r))["status"] != nil }),
		),
		newDefect("update-no-content", "UpdateProject answers 204.", catches{one: "UpdateProject answered 204"},
			onResponse(updateProject, func(_ *http.Request, a *answer) { a.status, a.body = 204, nil })),
		newDefect(
			"update-without-id",
			"The updated project has no id.",
			catches{one: "a project that has an id"},
			document(updateProject, drop("id")),
		),
		newDefect(
			"update-ignores-uris",
			"UpdateProject ignores the URIs.",
			catches{two: "settings.notificationQueueUri is absent"},
			body(updateProject, drop(queueURI, containerURI)),
		),
		newDefect(
			"update-hides-uris",
			"The answer of UpdateProject shows no URIs.",
			catches{two: "settings.notificationQueueUri is absent"},
			document(updateProject, drop(queueURI, containerURI)),
		),
		newDefect(
			"update-hidden-later",
			"GetProject does not show the container of an update.",
			catches{two: "settings.exportModelContainerUri is absent"},
			document(getProject, drop(containerURI)),
		),
	}
}

// updateKeptDefects concern what an update names, and what it does not.
func updateKeptDefects() []Defect {
	const four, five = "CVSI-UPDATE-04", "CVSI-UPDATE-05"
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
		newDefect(
			"update-forgets-description",
			"An update wipes the description that it does not name.",
			catches{four: `-  "description": "made by cvconform"`},
			body(updateProject, unnamed("description", "")),
		),
		newDefect(
			"update-resets-platforms",
			"An update resets the platforms that it does not name.",
			catches{four: `"CoreML"`},
			body(updateProject, unnamed("settings", map[string]any{"targetExportPlatforms": []string{"CoreML"}})),
		),
		newDefect(
			"update-keeps-name",
			"An update does not change the name.",
			catches{four: "the values that the update names"},
			body(updateProject, drop("name")),
		),
		newDefect(
			"update-of-uris-alone-ignored",
			"An update that names the URIs and nothing else changes nothing.",
			catches{four: "the values that the update names"},
			body(updateProject, func(doc, _ map[string]any) {
				if _, named := doc["name"]; !named {
					delete(doc, "settings")
				}
			}),
		),
		newDefect(
			"update-clears-queue",
			"An update of the name clears the queue.",
			catches{five: "a Training message in queue", four: `"notificationQueueUri": null`},
			clear(queueURI),
		),
		newDefect(
			"update-clears-container",
			"An update of the name clears the container.",
			catches{five: "the container is empty"},
			clear(containerURI),
		),
		newDefect(
			"renamed-exports-mute",
			"The exports of a project that was renamed are not announced.",
			catches{five: "an Export message in queue"},
			keeping(func(l *projectLog) []change {
				return []change{loseWhere(export, func(m outgoingMessage) bool { return l.renamed(m.about("projectId")) })}
			}),
		),
	}
}

// takeoverDefects concern which storage is used after an update.
func takeoverDefects() []Defect {
	const three = "CVSI-UPDATE-03"
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
		newDefect(
			"move-keeps-old-queue",
			"After an update messages still go to the old queue.",
			catches{three: "a Training message in queue"},
			moved(training, false),
		),
		newDefect(
			"move-keeps-both-queues",
			"After an update messages go to both queues.",
			catches{three: "nothing in the old queue"},
			moved(export, true),
		),
		newDefect(
			"move-keeps-old-container",
			"After an update backups still go to the old container.",
			catches{three: "the container is empty"},
			backup(false),
		),
		newDefect(
			"move-keeps-both-containers",
			"After an update backups go to both containers.",
			catches{three: "nothing in the old container"},
			backup(true),
		),
	}
}

// updatedDefects concern projects that got their integration by an update.
func updatedDefects() []Defect {
	const six = "CVSI-UPDATE-06"
	muteWhere := func(kind string) change {
		return keeping(func(l *projectLog) []change {
			return []change{
				loseWhere(kind, func(m outgoingMessage) bool { return m.kind() != test && l.updated(m.about("projectId")) }),
			}
		})
	}
	return []Defect{
		newDefect(
			"updated-never-notified",
			"A project integrated by an update is never notified.",
			catches{six: "a Training message in queue"},
			muteWhere(""),
		),
		newDefect(
			"updated-exports-mute",
			"A project integrated by an update sends no Export message.",
			catches{six: "an Export message in queue"},
			muteWhere(export),
		),
		newDefect(
			"updated-no-backup",
			"A project integrated by an update gets no backup.",
			catches{six: "the container is empty"},
			keeping(func(l *projectLog) []change {
				return []change{losing(func(b blob) bool { return b.backup() && l.updated(b.project()) })}
			}),
		),
	}
}
