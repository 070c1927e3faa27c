package steps

import (
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
)

func (d *registrar) trainings() {
	train := situation.Act{Verb: situation.Train}
	d.given("it has been trained", train)
	d.given("they have been trained", train)
	d.when("its training completes", train)
	d.when("its training fails", train)
	d.when("it is trained again", train)

	d.then("the iteration is completed", check.IterationCompleted())
	d.then("the Training message names that project and that iteration", check.HasIDs(check.Training))
	d.then("the Training message says TrainingCompleted", check.HasStatus(check.Training, "TrainingCompleted"))
	d.then("the Training message says TrainingFailed", check.HasStatus(check.Training, "TrainingFailed"))
	d.then("the Training message was not stored before TrainProject answered", check.NotBeforeResponse(check.Training))
	d.then("the iteration was over when the Training message was stored", check.FinishedWhenStored(check.Training))
	d.then("each training sent exactly one Training message", check.OneMessageEach(check.Training))
}
