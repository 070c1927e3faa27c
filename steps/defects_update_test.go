package steps_test

import "net/http"

func updateDefects() []defect {
	const one, two, four, five = "CVSI-UPDATE-01", "CVSI-UPDATE-02", "CVSI-UPDATE-04", "CVSI-UPDATE-05"
	unnamed := func(name string, value any) func(doc, settings map[string]any) {
		return func(doc, _ map[string]any) {
			if _, named := doc[name]; !named {
				doc[name] = value
			}
		}
	}
	clear := func(name string) fault {
		return body(updateProject, func(doc, settings map[string]any) {
			if settings == nil {
				doc["settings"] = map[string]any{name: ""}
			}
		})
	}
	return append(takeoverDefects(),
		broken("update-refused", "UpdateProject refuses the guide's body.", breaks{one: "UpdateProject answered 400", two: "UpdateProject answered 400"},
			refusing(updateProject, 400, always)),
		broken("update-no-content", "UpdateProject answers 204.", breaks{one: "UpdateProject answered 204"},
			answering(updateProject, func(_ *http.Request, a *answer) { a.status, a.body = 204, nil })),
		broken("update-without-id", "The updated project has no id.", breaks{one: "a project that has an id"}, document(updateProject, drop("id"))),
		broken("update-ignores-uris", "UpdateProject ignores the URIs.", breaks{two: "settings.notificationQueueUri is absent"},
			body(updateProject, drop(queueURI, containerURI))),
		broken("update-hides-uris", "The answer of an update shows no URIs.", breaks{two: "settings.notificationQueueUri is absent"},
			document(updateProject, drop(queueURI, containerURI))),
		broken("update-hidden-later", "GetProject does not show the container of an update.", breaks{two: "settings.exportModelContainerUri is absent"},
			document(getProject, drop(containerURI))),
		broken("update-forgets-description", "An update wipes the description that it does not name.", breaks{four: `-  "description": "made by cvconform"`},
			body(updateProject, unnamed("description", ""))),
		broken("update-resets-platforms", "An update resets the platforms that it does not name.", breaks{four: `"CoreML"`},
			body(updateProject, unnamed("settings", map[string]any{"targetExportPlatforms": []string{"CoreML"}}))),
		broken("update-keeps-name", "An update does not change the name.", breaks{four: "the values that the update names"},
			body(updateProject, drop("name"))),
		broken("update-clears-queue", "An update of the name clears the queue.", breaks{five: "a Training message in queue", four: `"notificationQueueUri": null`}, clear(queueURI)),
		broken("update-clears-container", "An update of the name clears the container.", breaks{five: "the container is empty"}, clear(containerURI)),
	)
}

// takeoverDefects concern which storage is used after an update.
func takeoverDefects() []defect {
	const three, six = "CVSI-UPDATE-03", "CVSI-UPDATE-06"
	moved := func(kind string, copies bool) fault {
		return keeping(func(l *ledger) []fault {
			return []fault{handling(kind, func(m letter, send func(letter) error) error {
				first, last, _ := l.of(m.about("projectId"))
				if first == last {
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
	backup := func(copies bool) fault {
		return keeping(func(l *ledger) []fault {
			return []fault{storing(func(b blob, put func(blob) error) error {
				first, last, _ := l.of(b.project())
				if !b.backup() || first == last {
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
	updated := func(l *ledger, project string) bool {
		first, last, _ := l.of(project)
		return first != last
	}
	return []defect{
		broken("move-keeps-old-queue", "After an update messages still go to the old queue.", breaks{three: "a Training message in queue"}, moved("Training", false)),
		broken("move-keeps-both-queues", "After an update messages go to both queues.", breaks{three: "nothing in the old queue"}, moved("Export", true)),
		broken("move-keeps-old-container", "After an update backups still go to the old container.", breaks{three: "the container is empty"}, backup(false)),
		broken("move-keeps-both-containers", "After an update backups go to both containers.", breaks{three: "nothing in the old container"}, backup(true)),
		broken("updated-mute", "A project integrated by an update sends no Export message.", breaks{six: "an Export message in queue"},
			keeping(func(l *ledger) []fault {
				return []fault{loseWhere("Export", func(m letter) bool { return updated(l, m.about("projectId")) })}
			})),
		broken("updated-no-backup", "A project integrated by an update gets no backup.", breaks{six: "the container is empty"},
			keeping(func(l *ledger) []fault {
				return []fault{losing(func(b blob) bool { return b.backup() && updated(l, b.project()) })}
			})),
	}
}
