package defect

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

func trainDefects() []Defect {
	return append(
		append(trainMessageDefects(), failedTrainingDefects()...),
		append(trainTimeDefects(), trainCountDefects()...)...)
}

func trainMessageDefects() []Defect {
	const one, two, three, four, five = "CVSI-TRAIN-01", "CVSI-TRAIN-02", "CVSI-TRAIN-03", "CVSI-TRAIN-04", "CVSI-TRAIN-05"
	const form = "a Training message of the documented form"
	return []Defect{
		newDefect(
			"no-training-message",
			"No Training message is sent.",
			catches{one: "the queue holds 1 ConnectionTest", two: "a Training message in queue",
				three: "a Training message", four: "a Training message", five: "a Training message"},
			lose(training),
		),
		newDefect(
			"training-message-late",
			"The Training message comes long after the training.",
			catches{one: "a Training message in queue"},
			delay(training, afterEveryWait),
		),
		newDefect(
			"training-type-small",
			"The type of the Training message is spelt small.",
			catches{two: "/type"},
			rewrite(training, set("type", "training")),
		),
		newDefect(
			"training-other-type",
			"The Training message has the type of an export.",
			catches{one: "a Training message in queue"},
			rewrite(training, set("type", "Export")),
		),
		newDefect(
			"training-content",
			"The Training message spells Content small.",
			catches{two: form},
			rewrite(training, smallContent),
		),
		newDefect(
			"training-version",
			"The version of the Training message is missing.",
			catches{two: form},
			rewrite(training, drop("version")),
		),
		newDefect(
			"training-iteration-key",
			"The Training message misspells iterationId.",
			catches{two: form},
			rewrite(training, renameContent("iterationId", "IterationId")),
		),
		newDefect(
			"training-status-key",
			"The Training message names the status as the API does.",
			catches{two: form, four: `Content.trainingStatus = ""`},
			rewrite(training, renameContent("trainingStatus", "status")),
		),
		newDefect(
			"training-ids-swapped",
			"The two ids of the Training message are swapped.",
			catches{three: "Content.projectId ="},
			rewrite(training, func(_, content map[string]any) {
				content["projectId"], content["iterationId"] = content["iterationId"], content["projectId"]
			}),
		),
		newDefect(
			"training-iteration",
			"The Training message names another iteration.",
			catches{three: "Content.iterationId ="},
			rewrite(training, setContent("iterationId", unknownID)),
		),
		newDefect(
			"training-project",
			"The Training message names another project.",
			catches{three: "Content.projectId ="},
			rewrite(training, setContent("projectId", unknownID)),
		),
		newDefect(
			"training-status",
			"The status in the Training message is that of the API.",
			catches{two: "/Content/trainingStatus", four: `Content.trainingStatus = "Completed"`},
			rewrite(training, setContent("trainingStatus", "Completed")),
		),
		newDefect(
			"training-always-failed",
			"The Training message of a completed training says that it failed.",
			catches{four: `Content.trainingStatus = "TrainingFailed"`},
			rewrite(training, setContent("trainingStatus", "TrainingFailed")),
		),
	}
}

// failedTrainingDefects concern trainings that fail.
func failedTrainingDefects() []Defect {
	const five = "CVSI-TRAIN-05"
	failed := func(l outgoingMessage) bool { return l.about("trainingStatus") == "TrainingFailed" }
	return []Defect{
		newDefect(
			"training-always-completed",
			"The Training message of a failed training says that it completed.",
			catches{five: `Content.trainingStatus = "TrainingCompleted"`},
			rewrite(training, setContent("trainingStatus", "TrainingCompleted")),
		),
		newDefect(
			"failed-training-mute",
			"A failed training sends no message.",
			catches{five: "a Training message in queue"},
			loseWhere(training, failed),
		),
		newDefect(
			"failed-training-anonymous",
			"The message of a failed training names no iteration.",
			catches{five: `Content.iterationId = ""`},
			rewrite(training, func(_, content map[string]any) {
				if content["trainingStatus"] == "TrainingFailed" {
					delete(content, "iterationId")
				}
			}),
		),
	}
}

func trainTimeDefects() []Defect {
	const six = "CVSI-TRAIN-06"
	write := func(project string, doc map[string]any) string {
		return fmt.Sprintf(
			`{"version":"1.0","type":"Training","Content":{"projectId":%q,"iterationId":%q,"trainingStatus":"TrainingCompleted"}}`,
			project,
			doc["id"],
		)
	}
	return []Defect{
		newDefect(
			"training-message-before-answer",
			"TrainProject waits for its message before it answers.",
			catches{six: "before the answer"},
			early(training, trainProject, write, true),
		).taking(100*time.Millisecond, 0),
		newDefect(
			"training-message-early",
			"The Training message is sent as soon as TrainProject has answered.",
			catches{six: "GetIteration did not show it"},
			early(training, trainProject, write, false),
		).taking(beyondStatusLag, 0).
			within("status-lag", 100*time.Millisecond),
		newDefect(
			"iteration-status-lags",
			"The iteration goes on to show Training after its message.",
			catches{six: "GetIteration did not show it"},
			lagging(
				training,
				getIteration,
				func(doc map[string]any) { doc["status"] = "Training" },
			),
		).within("status-lag", 100*time.Millisecond),
	}
}

// beyondStatusLag is longer than a status may lag behind its message: cvconform gives a
// service on this machine 1 s.
const beyondStatusLag = 1500 * time.Millisecond

// early loses the messages of a type, and sends one of its own when the work
// has only begun: before the call is answered, or after.
func early(kind, call string, write func(project string, doc map[string]any) string, before bool) change {
	return keeping(func(l *projectLog) []change {
		send := func(r *http.Request, a *answer) {
			project := projectOf(r)
			if _, last, _ := l.of(project); last.Queue != "" && a.status == http.StatusOK {
				l.send(last.Queue, write(project, decoded(a.body)))
			}
		}
		if before {
			return []change{lose(kind), onResponse(call, send)}
		}
		return []change{lose(kind), afterwards(call, send)}
	})
}

// afterwards does something when a call has been answered.
func afterwards(call string, f func(*http.Request, *answer)) change {
	return calling(call, func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		a := ask(next, r)
		a.write(w)
		_ = http.NewResponseController(w).Flush()
		f(r, a)
	})
}

// lagging goes on to show the status of before for a while after the message.
func lagging(kind, call string, undo func(doc map[string]any)) change {
	return func(s *service) {
		var over atomic.Bool
		handling(kind, func(l outgoingMessage, send func(outgoingMessage) error) error {
			defer s.later(beyondStatusLag, func() { over.Store(true) })
			return send(l)
		})(s)
		onResponse(call, func(_ *http.Request, a *answer) {
			if !over.Load() {
				a.body = changed(a.body, undo)
			}
		})(s)
	}
}

func trainCountDefects() []Defect {
	const seven, eight = "CVSI-TRAIN-07", "CVSI-TRAIN-08"
	return []Defect{
		newDefect(
			"training-message-twice",
			"The Training message is sent twice.",
			catches{seven: "got: 2"},
			double(training),
		),
		newDefect(
			"first-training-only",
			"Only the first training of a project is announced.",
			catches{seven: "exactly one Training message from"},
			func(s *service) {
				var told memo[string]
				loseWhere(training, func(l outgoingMessage) bool {
					return told.first(l.about("projectId"), l.about("iterationId")) != l.about("iterationId")
				})(s)
			},
		),
		newDefect(
			"first-iteration-again",
			"The message of every training names the first iteration of its project.",
			catches{seven: "got: 2"},
			func(s *service) {
				var told memo[any]
				rewrite(training, func(_, content map[string]any) {
					project, _ := content["projectId"].(string)
					content["iterationId"] = told.first(project, content["iterationId"])
				})(s)
			},
		),
		newDefect(
			"trainings-fail",
			"Every training fails.",
			catches{
				"CVSI-TRAIN-04": "blocked: the training failed",
				eight:           "the iteration's status is Completed\nblocked: the training failed",
			},
			document(getIteration, set("status", "Failed")),
			rewrite(training, setContent("trainingStatus", "TrainingFailed")),
		),
		newDefect(
			"images-refused",
			"No way of uploading images works.",
			catches{"CVSI-TRAIN-01": "neither CreateImagesFromFiles nor CreateImagesFromData"},
			refusingImages("/images"),
			refusingImages("/images/files"),
		),
		newDefect(
			"training-needs-queue",
			"A project without a queue cannot be trained.",
			catches{eight: "TrainProject answered 400"},
			needsQueue(trainProject),
		),
		writeToOtherProject(
			"training-to-another-queue",
			"A training without a queue is announced in the queue of another project.",
			catches{eight: "PutMessage to queue"},
			trainProject,
			func(l *projectLog, latest uris, project string) {
				l.send(latest.Queue, fmt.Sprintf(`{"version":"1.0","type":"Training","Content":{"projectId":%q}}`, project))
			},
		),
	}
}

// refusingImages refuses uploads at the end of a path.
func refusingImages(end string) change {
	return func(s *service) {
		s.wrap(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && strings.HasSuffix(strings.ToLower(r.URL.Path), end) {
				http.Error(w, "unsupported", http.StatusUnsupportedMediaType)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// needsQueue refuses a call to projects without a queue.
func needsQueue(call string) change {
	return keeping(func(l *projectLog) []change {
		return []change{refusing(call, 400, func(r *http.Request) bool {
			_, last, _ := l.of(projectOf(r))
			return last.Queue == ""
		})}
	})
}
