package steps_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

const training = "Training"

func trainDefects() []defect {
	return append(append(trainMessageDefects(), trainTimeDefects()...), trainCountDefects()...)
}

func trainMessageDefects() []defect {
	const one, two, three, four, five = "CVSI-TRAIN-01", "CVSI-TRAIN-02", "CVSI-TRAIN-03", "CVSI-TRAIN-04", "CVSI-TRAIN-05"
	const form = "a Training message of the documented form"
	failed := func(l letter) bool { return l.about("trainingStatus") == "TrainingFailed" }
	return []defect{
		broken("no-training-message", "No Training message is sent.", breaks{one: "the queue holds 1 ConnectionTest", two: "a Training message in queue",
			three: "a Training message", four: "a Training message", five: "a Training message"}, lose(training)),
		broken("training-type-small", "The type is spelt small.", breaks{two: "/type"}, rewrite(training, set("type", "training"))),
		broken("training-other-type", "The message has the type of an export.", breaks{one: "a Training message in queue"}, rewrite(training, set("type", "Export"))),
		broken("training-version", "The version is missing.", breaks{two: form}, rewrite(training, drop("version"))),
		broken("training-iteration-key", "The iteration's member is misspelt.", breaks{two: form}, rewrite(training, respell("iterationId", "IterationId"))),
		broken("training-status-key", "The status has the member of the API.", breaks{two: form, four: `Content.trainingStatus = ""`},
			rewrite(training, respell("trainingStatus", "status"))),
		broken("training-ids-swapped", "The two ids are swapped.", breaks{three: "Content.projectId ="}, rewrite(training, func(_, content map[string]any) {
			content["projectId"], content["iterationId"] = content["iterationId"], content["projectId"]
		})),
		broken("training-iteration", "The message names another iteration.", breaks{three: "Content.iterationId ="},
			rewrite(training, tell("iterationId", "11111111-2222-3333-4444-555555555555"))),
		broken("training-project", "The message names another project.", breaks{three: "Content.projectId ="},
			rewrite(training, tell("projectId", "11111111-2222-3333-4444-555555555555"))),
		broken("training-status", "The status is that of the API.", breaks{two: "/Content/trainingStatus", four: `Content.trainingStatus = "Completed"`},
			rewrite(training, tell("trainingStatus", "Completed"))),
		broken("training-always-failed", "The message says that the training failed.", breaks{four: `Content.trainingStatus = "TrainingFailed"`},
			rewrite(training, tell("trainingStatus", "TrainingFailed"))),
		broken("training-always-completed", "A failed training says that it completed.", breaks{five: `Content.trainingStatus = "TrainingCompleted"`},
			rewrite(training, tell("trainingStatus", "TrainingCompleted"))),
		broken("failed-training-mute", "A failed training sends no message.", breaks{five: "a Training message in queue"}, loseWhere(training, failed)),
		broken("failed-training-anonymous", "A failed training names no iteration.", breaks{five: `Content.iterationId = ""`},
			rewrite(training, func(_, content map[string]any) {
				if content["trainingStatus"] == "TrainingFailed" {
					delete(content, "iterationId")
				}
			})),
	}
}

func trainTimeDefects() []defect {
	const six = "CVSI-TRAIN-06"
	write := func(project string, doc map[string]any) string {
		return fmt.Sprintf(`{"version":"1.0","type":"Training","Content":{"projectId":%q,"iterationId":%q,"trainingStatus":"TrainingCompleted"}}`, project, doc["id"])
	}
	return []defect{
		broken("training-message-before-answer", "TrainProject waits for its message before it answers.", breaks{six: "before the answer"},
			durations(100*time.Millisecond, time.Millisecond), early(training, trainProject, write, true)),
		broken("training-message-early", "The message is sent as soon as TrainProject has answered.", breaks{six: "GetIteration did not show it"},
			durations(800*time.Millisecond, time.Millisecond), early(training, trainProject, write, false)).within("status-lag", 100*time.Millisecond),
		broken("iteration-status-lags", "The iteration goes on to show Training after its message.", breaks{six: "GetIteration did not show it"},
			lagging(training, getIteration, func(doc map[string]any) { doc["status"] = "Training" })...).within("status-lag", 100*time.Millisecond),
	}
}

// early loses the messages of a type, and sends one of its own when the work
// has only begun: before the call is answered, or after.
func early(kind, call string, write func(project string, doc map[string]any) string, before bool) fault {
	return keeping(func(l *ledger) []fault {
		send := func(r *http.Request, a *answer) {
			project := projectOf(r)
			if _, last, _ := l.of(project); last.Queue != "" && a.status == http.StatusOK {
				l.send(last.Queue, write(project, decoded(a.body)))
			}
		}
		sendAfter := func(s *service) {
			s.wrap(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
				if callOf(r) != call {
					next.ServeHTTP(w, r)
					return
				}
				a := ask(next, r)
				a.write(w)
				_ = http.NewResponseController(w).Flush()
				send(r, a)
			})
		}
		if before {
			return []fault{lose(kind), answering(call, send)}
		}
		return []fault{lose(kind), sendAfter}
	})
}

// looks is how many looks at a status a lagging service falsifies once its
// message is out: at a look every 20 ms, well over any lag allowed here.
const looks = 20

// lagging shows the status of before for a while after the message.
func lagging(kind, call string, undo func(doc map[string]any)) []fault {
	var sent atomic.Bool
	var seen atomic.Int32
	return []fault{
		handling(kind, func(l letter, send func(letter) error) error {
			defer sent.Store(true)
			return send(l)
		}),
		answering(call, func(_ *http.Request, a *answer) {
			if sent.Load() && seen.Add(1) > looks {
				return
			}
			a.body = changed(a.body, undo)
		}),
	}
}

func trainCountDefects() []defect {
	const seven, eight = "CVSI-TRAIN-07", "CVSI-TRAIN-08"
	return []defect{
		broken("training-message-twice", "The message is sent twice.", breaks{seven: "got: 2"}, double(training)),
		broken("first-training-only", "Only the first training of a project is announced.", breaks{seven: "exactly one Training message from"}, func(s *service) {
			var told box[string]
			loseWhere(training, func(l letter) bool {
				return told.first(l.about("projectId"), l.about("iterationId")) != l.about("iterationId")
			})(s)
		}),
		broken("first-iteration-again", "The message of every training names the first iteration.", breaks{seven: "got: 2"}, func(s *service) {
			var told box[any]
			rewrite(training, func(_, content map[string]any) {
				content["iterationId"] = told.first(content["projectId"].(string), content["iterationId"])
			})(s)
		}),
		broken("trainings-fail", "Every training fails.", breaks{"CVSI-TRAIN-04": "blocked: the training failed", eight: "blocked: the training failed"},
			func(s *service) { s.options.FailTraining = []string{""} }),
		broken("images-refused", "No way of uploading images works.", breaks{"CVSI-TRAIN-01": "neither CreateImagesFromFiles nor CreateImagesFromData"},
			refusingImages("/images"), refusingImages("/images/files")),
		broken("training-needs-queue", "A project without a queue cannot be trained.", breaks{eight: "TrainProject answered 400"}, needsQueue(trainProject)),
		astray("training-to-another-queue", "A training without a queue tells that of another project.", breaks{eight: "PutMessage to queue"},
			trainProject, func(l *ledger, latest uris, project string) {
				l.send(latest.Queue, fmt.Sprintf(`{"version":"1.0","type":"Training","Content":{"projectId":%q}}`, project))
			}),
	}
}

// refusingImages refuses uploads at the end of a path.
func refusingImages(end string) fault {
	return func(s *service) {
		s.wrap(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, end) {
				http.Error(w, "unsupported", http.StatusUnsupportedMediaType)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// needsQueue refuses a call to projects without a queue.
func needsQueue(call string) fault {
	return keeping(func(l *ledger) []fault {
		return []fault{refusing(call, 400, func(r *http.Request) bool {
			_, last, _ := l.of(projectOf(r))
			return last.Queue == ""
		})}
	})
}
