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
	const form = "a Training message of the documented form"
	return []Defect{
		newDefect("no-training-message", "No Training message is sent.",
			catches{train01: "the queue holds 1 ConnectionTest", train02: "a Training message in queue", train03: "a Training message",
				train04: "a Training message", train05: "a Training message"}, lose(training)),
		newDefect("training-message-late", "The Training message is sent long after the training.",
			catches{train01: "a Training message in queue"}, delay(training, afterEveryWait)),
		newDefect("training-type-small", "The Training message has its type with a small first letter.",
			catches{train02: "/type"}, rewrite(training, set("type", "training"))),
		newDefect("training-other-type", "The Training message has the type of an Export message.",
			catches{train01: "a Training message in queue"}, rewrite(training, set("type", "Export"))),
		newDefect("training-content", "The Training message has its content in the member content, with a small c.",
			catches{train02: form}, rewrite(training, smallContent)),
		newDefect("training-version", "The Training message has no version.",
			catches{train02: form}, rewrite(training, drop("version"))),
		newDefect("training-iteration-key", "The Training message has IterationId instead of iterationId.",
			catches{train02: form}, rewrite(training, renameContent("iterationId", "IterationId"))),
		newDefect("training-status-key", "The Training message has status instead of trainingStatus.",
			catches{train02: form, train04: `Content.trainingStatus = ""`},
			rewrite(training, renameContent("trainingStatus", "status"))),
		newDefect("training-ids-swapped", "The Training message has its two ids swapped.",
			catches{train03: "Content.projectId ="}, rewrite(training, func(_, content map[string]any) {
				content["projectId"], content["iterationId"] = content["iterationId"], content["projectId"]
			})),
		newDefect("training-iteration", "The Training message names another iteration.",
			catches{train03: "Content.iterationId ="}, rewrite(training, setContent("iterationId", unknownID))),
		newDefect("training-project", "The Training message names another project.",
			catches{train03: "Content.projectId ="}, rewrite(training, setContent("projectId", unknownID))),
		newDefect("training-status", "The Training message has the status of the API, Completed.",
			catches{train02: "/Content/trainingStatus", train04: `Content.trainingStatus = "Completed"`},
			rewrite(training, setContent("trainingStatus", "Completed"))),
		newDefect("training-always-failed", "The Training message of a successful training reports a failure.",
			catches{train04: `Content.trainingStatus = "TrainingFailed"`},
			rewrite(training, setContent("trainingStatus", "TrainingFailed"))),
	}
}

// failedTrainingDefects concern trainings that fail.
func failedTrainingDefects() []Defect {
	failed := func(l outgoingMessage) bool { return l.about("trainingStatus") == "TrainingFailed" }
	return []Defect{
		newDefect("training-always-completed", "The Training message of a failed training reports success.",
			catches{train05: `Content.trainingStatus = "TrainingCompleted"`},
			rewrite(training, setContent("trainingStatus", "TrainingCompleted"))),
		newDefect("failed-training-mute", "A failed training sends no message.",
			catches{train05: "a Training message in queue"}, loseWhere(training, failed)),
		newDefect("failed-training-anonymous", "The Training message of a failed training has no iterationId.",
			catches{train05: `Content.iterationId = ""`}, rewrite(training, func(_, content map[string]any) {
				if content["trainingStatus"] == "TrainingFailed" {
					delete(content, "iterationId")
				}
			})),
	}
}

func trainTimeDefects() []Defect {
	write := func(project string, doc map[string]any) string {
		return fmt.Sprintf(
			`{"version":"1.0","type":"Training","Content":{"projectId":%q,"iterationId":%q,"trainingStatus":"TrainingCompleted"}}`,
			project,
			doc["id"],
		)
	}
	return []Defect{
		newDefect("training-message-before-answer", "The Training message is sent before TrainProject responds.",
			catches{train06: "before the response"}, early(training, trainProject, write, true)).taking(100*time.Millisecond, 0),
		newDefect("training-message-early", "The Training message is sent when the training has only started.",
			catches{train06: "GetIteration did not show it"}, early(training, trainProject, write, false)).taking(beyondStatusLag,
			0).within("status-lag", 100*time.Millisecond),
		newDefect("iteration-status-lags", "The iteration's status is still Training after the Training message.",
			catches{train06: "GetIteration did not show it"}, lagging(training, getIteration,
				func(doc map[string]any) { doc["status"] = "Training" })).within("status-lag", 100*time.Millisecond),
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
	return []Defect{
		newDefect("training-message-twice", "The Training message is sent twice.",
			catches{train07: "got: 2"}, double(training)),
		newDefect("first-training-only", "Only the first training of a project sends a message.",
			catches{train07: "exactly one Training message from"}, func(s *service) {
				var told memo[string]
				loseWhere(training, func(l outgoingMessage) bool {
					return told.first(l.about("projectId"), l.about("iterationId")) != l.about("iterationId")
				})(s)
			}),
		newDefect("first-iteration-again", "Every Training message names the first iteration of its project.",
			catches{train07: "got: 2"}, func(s *service) {
				var told memo[any]
				rewrite(training, func(_, content map[string]any) {
					project, _ := content["projectId"].(string)
					content["iterationId"] = told.first(project, content["iterationId"])
				})(s)
			}),
		newDefect("trainings-fail", "Every training fails.",
			catches{train04: "blocked: the training failed",
				train08: "the iteration's status is Completed\nblocked: the training failed"},
			document(getIteration, set("status", "Failed")), rewrite(training, setContent("trainingStatus", "TrainingFailed"))),
		newDefect("images-refused", "Both operations that upload images fail.",
			catches{train01: "neither CreateImagesFromFiles nor CreateImagesFromData"}, refusingImages("/images"),
			refusingImages("/images/files")),
		newDefect("training-needs-queue", "TrainProject rejects a project without a queue.",
			catches{train08: "TrainProject answered 400"}, needsQueue(trainProject)),
		writeToOtherProject("training-to-another-queue",
			"A project without a queue sends its Training message to the queue of another project.",
			catches{train08: "PutMessage to queue"}, trainProject, func(l *projectLog, latest uris, project string) {
				l.send(latest.Queue, fmt.Sprintf(`{"version":"1.0","type":"Training","Content":{"projectId":%q}}`, project))
			}),
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
