package steps

import (
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
)

func (d *registrar) update(change situation.Change) situation.Act {
	a := situation.Act{Verb: situation.Update, Change: change, Storage: d.profile}
	if change == situation.NamesOnly {
		a.Storage = neither
	}
	return a
}

func (d *registrar) updates() {
	d.given("it has been moved to other storage", d.update(situation.MoveStorage))
	d.given("its name and description have been updated", d.update(situation.NamesOnly))
	d.given("a project that was integrated by an update", create(neither), d.update(situation.FullBody))

	d.when("it is updated with the guide's whole body", d.update(situation.FullBody))
	d.when("its name and description are updated", d.update(situation.NamesOnly))
	d.when("its URIs alone are updated", d.update(situation.URIsOnly))
	d.when("it is moved to other storage", d.update(situation.MoveStorage))

	d.then("the update changed what it names", check.UpdateChanged())
	d.then("the update kept all that it does not name", check.UpdateKept())
	d.then("the new queue holds a ConnectionTest message", check.HasMessage(check.ConnectionTest))
	d.then("a test blob appeared in the new container", check.TestBlobAppeared())
	d.then("the new queue holds a Training message and an Export message", check.NewQueueUsed())
	d.then("the old queue stays silent after the move", check.OldQueueUnused())
	d.then("the new container holds the backup", check.HasBackup())
	d.then("the old container stays silent after the move", check.OldContainerUnused())
}
