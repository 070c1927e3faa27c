package steps

import (
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
)

func (d *registrar) accessSteps() {
	const attempt = "a client attempts to create a project with "
	d.when("a client attempts to create a project without a Training-Key",
		situation.Act{Verb: situation.Attempt, Storage: d.profile, Key: "none"})
	d.when(attempt+"a wrong Training-Key", situation.Act{Verb: situation.Attempt, Storage: d.profile, Key: "wrong"})
	d.when(attempt+"the URI of a queue that does not exist", attemptQueue(situation.Missing))
	d.when(attempt+"the URI of a queue that the service may not write to", attemptQueue(situation.Forbidden))
	d.when(attempt+"the URI of a container that does not exist", attemptContainer(situation.Missing))
	d.when(attempt+"the URI of a container that the service may not write to", attemptContainer(situation.Forbidden))
	d.sc.When(d.patterns.compile(attempt+`the queue URI "([^"]*)"`), func(uri string) {
		d.world.Act(attemptQueue(uri))
	})
	d.sc.When(d.patterns.compile(attempt+`the container URI "([^"]*)"`), func(uri string) {
		d.world.Act(attemptContainer(uri))
	})

	d.sc.When(d.patterns.compile(`a client reads the project with the key in the header "([^"]*)"`), func(name string) {
		d.world.Act(situation.Act{Verb: situation.Read, KeyHeader: name})
	})

	d.then("the response status is 401", check.Unauthorized())
	d.then("the response is a 4xx with a JSON error document", check.Refused())
	d.then("no project of that name exists, and the existing project is still listed", check.NotCreated())
	d.then("no queue or container of the run is written to", check.NothingWritten())
	d.then("no container of the run is written to", check.NothingInContainers())
}

func attemptQueue(uri string) situation.Act {
	return situation.Act{Verb: situation.Attempt, Storage: queueOnly, Queue: uri}
}

func attemptContainer(uri string) situation.Act {
	return situation.Act{Verb: situation.Attempt, Storage: containerOnly, Container: uri}
}
