package steps

import (
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
)

func (d *registrar) attempts() {
	d.when(
		"someone attempts to create a project without a key",
		situation.Act{Verb: situation.Attempt, Storage: d.profile, Key: "none"},
	)
	d.when(
		"someone attempts to create a project with a wrong key",
		situation.Act{Verb: situation.Attempt, Storage: d.profile, Key: "wrong"},
	)
	d.when("someone attempts to create a project with a missing queue", queueAttempt(situation.Missing))
	d.when("someone attempts to create a project with a forbidden queue", queueAttempt(situation.Forbidden))
	d.when("someone attempts to create a project with a missing container", containerAttempt(situation.Missing))
	d.when("someone attempts to create a project with a forbidden container", containerAttempt(situation.Forbidden))
	d.sc.When(d.patterns.compile(`someone attempts to create a project with the queue URI "([^"]*)"`), func(uri string) {
		d.world.Act(queueAttempt(uri))
	})
	d.sc.When(
		d.patterns.compile(`someone attempts to create a project with the container URI "([^"]*)"`),
		func(uri string) {
			d.world.Act(containerAttempt(uri))
		},
	)

	d.then("the answer is 401", check.Unauthorized())
	d.then("the answer refuses it with a JSON error", check.Refused())
	d.then("no project is created", check.NotCreated())
	d.then("nothing is written to any queue or container", check.NothingWritten())
	d.then("nothing is written to any container", check.NothingInContainers())
}

func queueAttempt(uri string) situation.Act {
	return situation.Act{Verb: situation.Attempt, Storage: queueOnly, Queue: uri}
}

func containerAttempt(uri string) situation.Act {
	return situation.Act{Verb: situation.Attempt, Storage: containerOnly, Container: uri}
}
