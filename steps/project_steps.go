package steps

import (
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
)

var (
	bothIntegrations = situation.Integrations{Queue: true, Container: true}
	queueOnly        = situation.Integrations{Queue: true}
	containerOnly    = situation.Integrations{Container: true}
	noIntegrations   = situation.Integrations{}
)

func createProject(s situation.Integrations) situation.Act {
	return situation.Act{Verb: situation.Create, Storage: s}
}

func createTwoProjects(s situation.Integrations, shared bool) situation.Act {
	return situation.Act{Verb: situation.Create, Storage: s, Pair: true, Shared: shared}
}

func createFailingProject(s situation.Integrations, f situation.Failure) situation.Act {
	return situation.Act{Verb: situation.Create, Storage: s, FailureMode: f}
}

// storageSteps defines the steps that name the storage of the following create.
// They add no act, because the create itself makes the queue and the container.
func (d *registrar) storageSteps() {
	d.given("a queue and a container")
	d.given("a queue")
	d.given("a container")
	d.given("the storage of the profile under test")
	d.given("no queue and no container")
}

func (d *registrar) projectSteps() {
	d.given("a project with storage integration", createProject(d.profile))
	d.given("a project with a queue and a container", createProject(bothIntegrations))
	d.given("a project with a queue and no container", createProject(queueOnly))
	d.given("a project with a container and no queue", createProject(containerOnly))
	d.given("a project without storage integration", createProject(noIntegrations))
	d.given("a project whose trainings fail", createFailingProject(d.profile, situation.TrainingFailure))
	d.given("a project whose exports fail", createFailingProject(d.profile, situation.ExportFailure))
	d.given("two projects that share a container", createTwoProjects(d.profile, true))
	d.given("two projects that share a queue",
		situation.Act{Verb: situation.Create, Storage: queueOnly, Pair: true, SharedQueue: true})
	d.given("two projects with a queue each", createTwoProjects(d.profile, d.profile.Container))

	d.when("a project is created with the queue URI and the container URI", createProject(bothIntegrations))
	d.when("a project is created with the URIs of that storage", createProject(d.profile))
	d.when("a project is created with only the queue URI", createProject(queueOnly))
	d.when("a project is created with only the container URI", createProject(containerOnly))
	d.when("a project is created without storage URIs", createProject(noIntegrations))
	d.when("a project is created with the URIs of that storage in the v3.4-preview body",
		situation.Act{Verb: situation.Create, Storage: d.profile, Body: true})

	d.when("an object-detection project is created with the URIs of that storage",
		situation.Act{Verb: situation.Create, Storage: d.profile, Detection: true})

	d.then("the response is 200 with a project that has an id", check.ResponseIsProject())
	d.then("the response's settings show exactly the URIs of the request", check.ResponseShowsURIs())
	d.then("the response's settings show no storage URIs", check.ResponseShowsURIs())
	d.then("the response is a complete project document", check.CompleteProjectDocument())
	d.then("GetProject shows exactly the URIs of the request", check.GetProjectShowsURIs())
	d.then("the project list shows exactly the URIs of the request", check.ListShowsURIs())
}
