package steps

import (
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
)

func (d *registrar) trainingSteps() {
	train := situation.Act{Verb: situation.Train}
	d.given("it has been trained", train)
	d.given("they have been trained", train)
	d.when("it is trained and the training completes", train)
	d.when("it is trained and the training fails", train)
	d.when("it is trained again", train)

	d.then("the response status is 200", check.ResponseIsOK())
	d.then("the iteration's status is Completed", check.IterationCompleted())
	d.then("the Training message has the ids of the project and of the trained iteration", check.HasIDs(check.Training))
	d.then(
		`the Training message has trainingStatus "TrainingCompleted"`,
		check.HasStatus(check.Training, "TrainingCompleted"),
	)
	d.then(`the Training message has trainingStatus "TrainingFailed"`, check.HasStatus(check.Training, "TrainingFailed"))
	d.then(
		"the Training message was not stored before TrainProject had responded",
		check.NotBeforeResponse(check.Training),
	)
	d.then("the iteration had finished when the Training message was stored", check.FinishedWhenStored(check.Training))
	d.then("each training sent exactly one Training message", check.OneMessageEach(check.Training))
}
