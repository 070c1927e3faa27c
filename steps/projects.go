package steps

import (
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/situation"
)

var (
	both          = situation.Storage{Queue: true, Container: true}
	queueOnly     = situation.Storage{Queue: true}
	containerOnly = situation.Storage{Container: true}
	neither       = situation.Storage{}
)

func create(s situation.Storage) situation.Act {
	return situation.Act{Verb: situation.Create, Storage: s}
}

func twins(s situation.Storage, shared bool) situation.Act {
	return situation.Act{Verb: situation.Create, Storage: s, Twins: true, Shared: shared}
}

func failing(s situation.Storage, f situation.Failure) situation.Act {
	return situation.Act{Verb: situation.Create, Storage: s, Fails: f}
}

// storage are the steps that name what a create is about to be given; the act
// itself makes the queue and the container.
func (d *definer) storage() {
	d.given("a notification queue and a backup container")
	d.given("a notification queue")
	d.given("a backup container")
	d.given("the storage that the profile claims")
	d.given("no storage")
}

func (d *definer) projects() {
	d.given("a project with a notification queue", create(d.profile))
	d.given("a project with a backup container", create(d.profile))
	d.given("an integrated project", create(d.profile))
	d.given("a project with both integrations", create(both))
	d.given("a project with only a notification queue", create(queueOnly))
	d.given("a project with only a backup container", create(containerOnly))
	d.given("a project without integration", create(neither))
	d.given("a project that has no integration yet", create(neither))
	d.given("a project whose trainings fail", failing(d.profile, situation.TrainingFailure))
	d.given("a project whose exports fail", failing(d.profile, situation.ExportFailure))
	d.given("two projects that share a backup container", twins(d.profile, true))
	d.given("two projects with a queue each", twins(d.profile, d.profile.Container))

	d.when("a project is created with both URIs", create(both))
	d.when("a project is created with its URIs", create(d.profile))
	d.when("a project is created with the queue URI alone", create(queueOnly))
	d.when("a project is created with the container URI alone", create(containerOnly))
	d.when("a project is created without URIs", create(neither))
	d.when("a project is created with its URIs in the v3.4-preview body",
		situation.Act{Verb: situation.Create, Storage: d.profile, Body: true})

	d.then("the answer is 200 with a project that has an id", check.AnswerIsProject())
	d.then("the settings in the answer show the URIs that were given", check.AnswerShowsURIs())
	d.then("the answer is a whole project document in JSON", check.WholeProject())
	d.then("GetProject shows the URIs that were given", check.GetProjectShowsURIs())
	d.then("the project list shows the URIs that were given", check.ListShowsURIs())
}
