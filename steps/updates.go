package steps

import (
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/situation"
)

func (d *definer) update(change situation.Change) situation.Act {
	a := situation.Act{Verb: situation.Update, Change: change, Storage: d.profile}
	if change == situation.Names {
		a.Storage = neither
	}
	return a
}

func (d *definer) updates() {
	d.given("it has been moved to other storage", d.update(situation.Move))
	d.given("its name and description have been updated", d.update(situation.Names))
	d.given("a project that was integrated by an update", create(neither), d.update(situation.Whole))

	d.when("it is updated with the guide's whole body", d.update(situation.Whole))
	d.when("its name and description are updated", d.update(situation.Names))
	d.when("its URIs alone are updated", d.update(situation.URIs))
	d.when("it is moved to other storage", d.update(situation.Move))

	d.then("the update changed what it names", check.UpdateChanged())
	d.then("the update kept all that it does not name", check.UpdateKept())
	d.then("the new queue holds a ConnectionTest message", check.HasMessage(check.ConnectionTest))
	d.then("a test blob appeared in the new container", check.TestBlobAppeared())
	d.then("the new queue holds a Training message and an Export message", check.NewQueueUsed())
	d.then("the old queue stays silent after the move", check.OldQueueSilent())
	d.then("the new container holds the backup", check.HasBackup())
	d.then("the old container stays silent after the move", check.OldContainerSilent())
}
