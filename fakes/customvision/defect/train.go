package defect

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

func trainDefects() []Defect {
	return slices.Concat(trainMessageDefects(), failedTrainingDefects(), trainTimeDefects(), trainCountDefects())
}

// trainMessageDefects concern the content of Training messages.
func trainMessageDefects() []Defect {
	const form = "a Training message of the documented form"
	return []Defect{
		newDefect("no-training-message", "No Training message is sent.",
			catches{train01: "the queue holds 1 ConnectionTest", train02: "a Training message in queue",
				train03: "a Training message", train04: "a Training message", train05: "a Training message"},
			dropMessages(training)),
		newDefect("training-message-late", "The Training message is sent long after the training.",
			catches{train01: "a Training message in queue"}, delayMessages(training, afterEveryWait)),
		newDefect("training-type-small", "The Training message has its type with a small first letter.",
			catches{train02: "/type"}, editMessages(training, set("type", "training"))),
		newDefect("training-other-type", "The Training message has the type of an Export message.",
			catches{train01: "a Training message in queue"}, editMessages(training, set("type", "Export"))),
		newDefect("training-content", "The Training message has its content in the member content, with a small c.",
			catches{train02: form}, editMessages(training, lowerCaseContent)),
		newDefect("training-version", "The Training message has no version.",
			catches{train02: form}, editMessages(training, remove("version"))),
		newDefect("training-iteration-key", "The Training message has IterationId instead of iterationId.",
			catches{train02: form}, editMessages(training, renameContent("iterationId", "IterationId"))),
		newDefect("training-status-key", "The Training message has status instead of trainingStatus.",
			catches{train02: form, train04: `Content.trainingStatus = ""`},
			editMessages(training, renameContent("trainingStatus", "status"))),
		newDefect("training-ids-swapped", "The Training message has its two ids swapped.",
			catches{train03: "Content.projectId ="}, editMessages(training, func(_, content map[string]any) {
				content["projectId"], content["iterationId"] = content["iterationId"], content["projectId"]
			})),
		newDefect("training-iteration", "The Training message names another iteration.",
			catches{train03: "Content.iterationId ="}, editMessages(training, setContent("iterationId", unknownID))),
		newDefect("training-project", "The Training message names another project.",
			catches{train03: "Content.projectId ="}, editMessages(training, setContent("projectId", unknownID))),
		newDefect("training-status", "The Training message has the status of the API, Completed.",
			catches{train02: "/Content/trainingStatus", train04: `Content.trainingStatus = "Completed"`},
			editMessages(training, setContent("trainingStatus", "Completed"))),
		newDefect("training-always-failed", "The Training message of a successful training reports a failure.",
			catches{train04: `Content.trainingStatus = "TrainingFailed"`},
			editMessages(training, setContent("trainingStatus", "TrainingFailed"))),
	}
}

// failedTrainingDefects concern the messages of trainings that fail.
func failedTrainingDefects() []Defect {
	isFailed := func(m message) bool { return m.contentField("trainingStatus") == "TrainingFailed" }
	return []Defect{
		newDefect("training-always-completed", "The Training message of a failed training reports success.",
			catches{train05: `Content.trainingStatus = "TrainingCompleted"`},
			editMessages(training, setContent("trainingStatus", "TrainingCompleted"))),
		newDefect("failed-training-mute", "A failed training sends no message.",
			catches{train05: "a Training message in queue"}, dropMessagesWhere(training, isFailed)),
		newDefect("failed-training-anonymous", "The Training message of a failed training has no iterationId.",
			catches{train05: `Content.iterationId = ""`}, editMessages(training, func(_, content map[string]any) {
				if content["trainingStatus"] == "TrainingFailed" {
					delete(content, "iterationId")
				}
			})),
	}
}

// trainTimeDefects concern the time of Training messages.
func trainTimeDefects() []Defect {
	write := func(project string, doc map[string]any) string {
		return fmt.Sprintf(`{"version":"1.0","type":"Training",`+
			`"Content":{"projectId":%q,"iterationId":%q,"trainingStatus":"TrainingCompleted"}}`, project, doc["id"])
	}
	return []Defect{
		newDefect("training-message-before-answer", "The Training message is sent before TrainProject responds.",
			catches{train06: "before the response"}, sendEarly(training, trainProject, write, true)).
			withWorkTime(100*time.Millisecond, 0),
		newDefect("training-message-early", "The Training message is sent when the training has only started.",
			catches{train06: "GetIteration did not show it"}, sendEarly(training, trainProject, write, false)).
			withWorkTime(beyondStatusLag, 0).withBudget("status-lag", 100*time.Millisecond),
		newDefect("iteration-status-lags", "The iteration's status is still Training after the Training message.",
			catches{train06: "GetIteration did not show it"},
			delayStatus(training, getIteration, func(doc map[string]any) { doc["status"] = "Training" })).
			withBudget("status-lag", 100*time.Millisecond),
	}
}

// beyondStatusLag is longer than the usual budget for a status that lags behind its message, 1 s.
const beyondStatusLag = 1500 * time.Millisecond

// sendEarly suppresses the messages of a type and sends a message at the start of the work: before the response to the
// call that starts it, or right after. text returns the message for a project and the response.
func sendEarly(
	messageType, call string, text func(project string, doc map[string]any) string, beforeResponse bool,
) change {
	return withProjectLog(func(l *projectLog) []change {
		send := func(r *http.Request, resp *response) {
			project := projectOf(r)
			if _, last, _ := l.urisOf(project); last.Queue != "" && resp.status == http.StatusOK {
				l.send(last.Queue, text(project, decode(resp.body)))
			}
		}
		if beforeResponse {
			return []change{dropMessages(messageType), onResponse(call, send)}
		}
		return []change{dropMessages(messageType), afterResponse(call, send)}
	})
}

// afterResponse calls f after the response of a call has been sent.
func afterResponse(call string, f func(*http.Request, *response)) change {
	return onCall(call, func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		resp := serve(next, r)
		resp.send(w)
		_ = http.NewResponseController(w).Flush()
		f(r, resp)
	})
}

// delayStatus reverts the status in the responses of a call for some time after the message.
func delayStatus(messageType, call string, revert func(doc map[string]any)) change {
	return func(s *service) {
		var elapsed atomic.Bool
		onMessage(messageType, func(m message, send sendFunc) error {
			defer s.afterDelay(beyondStatusLag, func() { elapsed.Store(true) })
			return send(m)
		})(s)
		onResponse(call, func(_ *http.Request, resp *response) {
			if !elapsed.Load() {
				resp.body = editJSON(resp.body, revert)
			}
		})(s)
	}
}

// trainCountDefects concern the number of Training messages, and trainings that cannot succeed.
func trainCountDefects() []Defect {
	return []Defect{
		newDefect("train-202", "TrainProject responds with 202.",
			catches{train09: "TrainProject returned 202"}, setStatus(trainProject, 202)),
		newDefect("training-message-twice", "The Training message is sent twice.",
			catches{train07: "got: 2"}, duplicateMessages(training)),
		newDefect("first-training-only", "Only the first training of a project sends a message.",
			catches{train07: "exactly one Training message from"}, func(s *service) {
				var announced memo[string]
				dropMessagesWhere(training, func(m message) bool {
					iteration := m.contentField("iterationId")
					return announced.first(m.contentField("projectId"), iteration) != iteration
				})(s)
			}),
		newDefect("first-iteration-again", "Every Training message names the first iteration of its project.",
			catches{train07: "got: 2"}, func(s *service) {
				var announced memo[any]
				editMessages(training, func(_, content map[string]any) {
					project, _ := content["projectId"].(string)
					content["iterationId"] = announced.first(project, content["iterationId"])
				})(s)
			}),
		newDefect("trainings-fail", "Every training fails.",
			catches{train04: "blocked: the training failed",
				train08: "the iteration's status is Completed\nblocked: the training failed"},
			editDocument(getIteration, set("status", "Failed")),
			editMessages(training, setContent("trainingStatus", "TrainingFailed"))),
		newDefect("images-refused", "Both operations that upload images fail.",
			catches{train01: "neither CreateImagesFromFiles nor CreateImagesFromData"}, rejectUploads("/images"),
			rejectUploads("/images/files")),
		newDefect("training-needs-queue", "TrainProject rejects a project without a queue.",
			catches{train08: "TrainProject returned 400"}, requireQueue(trainProject)),
		writeToOtherProject("training-to-another-queue",
			"A project without a queue sends its Training message to the queue of another project.",
			catches{train08: "PutMessage to queue"}, trainProject, func(l *projectLog, latest uris, project string) {
				l.send(latest.Queue, fmt.Sprintf(`{"version":"1.0","type":"Training","Content":{"projectId":%q}}`, project))
			}),
	}
}

// rejectUploads rejects uploads to paths that end in suffix.
func rejectUploads(suffix string) change {
	return func(s *service) {
		s.wrap(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && strings.HasSuffix(strings.ToLower(r.URL.Path), suffix) {
				http.Error(w, "unsupported", http.StatusUnsupportedMediaType)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// requireQueue rejects a call for projects without a queue.
func requireQueue(call string) change {
	return withProjectLog(func(l *projectLog) []change {
		return []change{reject(call, 400, func(r *http.Request) bool {
			_, last, _ := l.urisOf(projectOf(r))
			return last.Queue == ""
		})}
	})
}
