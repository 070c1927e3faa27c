package steps

import (
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
)

func (d *registrar) update(change situation.Change) situation.Act {
	a := situation.Act{Verb: situation.Update, Change: change, Storage: d.profile}
	if change == situation.NamesOnly {
		a.Storage = noIntegrations
	}
	return a
}

func moveStorage(s situation.Integrations) situation.Act {
	return situation.Act{Verb: situation.Update, Change: situation.MoveStorage, Storage: s}
}

func (d *registrar) updateSteps() {
	d.given("it has been updated to use another queue and container", d.update(situation.MoveStorage))
	d.given("its name and description have been updated", d.update(situation.NamesOnly))
	d.given("a project that was integrated by an update", createProject(noIntegrations), d.update(situation.FullBody))

	d.when("it is updated with the complete request body of the guide", d.update(situation.FullBody))
	d.when("its name and description are updated", d.update(situation.NamesOnly))
	d.when("only its storage URIs are updated", d.update(situation.URIsOnly))
	d.when("it is updated to use another queue and container", d.update(situation.MoveStorage))
	d.when("it is updated to use another queue only", moveStorage(queueOnly))
	d.when("it is updated to use another container only", moveStorage(containerOnly))
	d.when("it is updated with the URIs that it has", d.update(situation.RepeatURIs))

	d.then("GetProject shows the URI that the update names", check.NamedURIsSet())
	d.then("GetProject shows the other URI as it was", check.OtherURIKept())
	d.then("the members named in the update have the new values", check.UpdateChanged())
	d.then("all other members are unchanged", check.UpdateKept())
	d.then("the new queue holds a ConnectionTest message", check.HasMessage(check.ConnectionTest))
	d.then("a test blob appeared in the new container", check.TestBlobAppeared())
	d.then("the new queue holds a Training message and an Export message", check.NewQueueUsed())
	d.then("nothing is written to the old queue after the update", check.OldQueueUnused())
	d.then("the new container holds the backup", check.HasBackup())
	d.then("nothing is written to the old container after the update", check.OldContainerUnused())
}
