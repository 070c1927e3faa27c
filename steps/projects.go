package steps

import (
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
)

var (
	bothIntegrations = situation.Integrations{Queue: true, Container: true}
	queueOnly        = situation.Integrations{Queue: true}
	containerOnly    = situation.Integrations{Container: true}
	neither          = situation.Integrations{}
)

func create(s situation.Integrations) situation.Act {
	return situation.Act{Verb: situation.Create, Storage: s}
}

func projectPair(s situation.Integrations, shared bool) situation.Act {
	return situation.Act{Verb: situation.Create, Storage: s, Pair: true, Shared: shared}
}

func failingProject(s situation.Integrations, f situation.Failure) situation.Act {
	return situation.Act{Verb: situation.Create, Storage: s, FailureMode: f}
}

// storage are the steps that name what a create is about to be given; the act
// itself makes the queue and the container.
func (d *registrar) storage() {
	d.given("a notification queue and a backup container")
	d.given("a notification queue")
	d.given("a backup container")
	d.given("the storage that the profile claims")
	d.given("no storage")
}

func (d *registrar) projects() {
	d.given("a project with a notification queue", create(d.profile))
	d.given("a project with a backup container", create(d.profile))
	d.given("an integrated project", create(d.profile))
	d.given("a project with both integrations", create(bothIntegrations))
	d.given("a project with only a notification queue", create(queueOnly))
	d.given("a project with only a backup container", create(containerOnly))
	d.given("a project without integration", create(neither))
	d.given("a project that has no integration yet", create(neither))
	d.given("a project whose trainings fail", failingProject(d.profile, situation.TrainingFailure))
	d.given("a project whose exports fail", failingProject(d.profile, situation.ExportFailure))
	d.given("two projects that share a backup container", projectPair(d.profile, true))
	d.given("two projects with a queue each", projectPair(d.profile, d.profile.Container))

	d.when("a project is created with both URIs", create(bothIntegrations))
	d.when("a project is created with its URIs", create(d.profile))
	d.when("a project is created with the queue URI alone", create(queueOnly))
	d.when("a project is created with the container URI alone", create(containerOnly))
	d.when("a project is created without URIs", create(neither))
	d.when("a project is created with its URIs in the v3.4-preview body",
		situation.Act{Verb: situation.Create, Storage: d.profile, Body: true})

	d.then("the answer is 200 with a project that has an id", check.ResponseIsProject())
	d.then("the settings in the answer show the URIs that were given", check.ResponseShowsURIs())
	d.then("the answer is a whole project document in JSON", check.CompleteProjectDocument())
	d.then("GetProject shows the URIs that were given", check.GetProjectShowsURIs())
	d.then("the project list shows the URIs that were given", check.ListShowsURIs())
}
