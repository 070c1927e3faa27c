package steps

import (
	"slices"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
)

func (d *registrar) exports() {
	export := d.export(0)
	d.given("it has been exported", export)
	d.when("its export completes", export)
	d.when("their exports complete", export)
	d.when("its export fails", export)
	d.sc.When(d.patterns.compile(`its export to another platform completes`), func() {
		if len(d.platforms) < 2 {
			d.world.NotApplicable("the domain exports one platform only")
		}
		d.world.Act(d.export(1))
	})
	d.sc.When(d.patterns.compile(`its export as (\w+) completes`), func(platform string) {
		if !slices.Contains(d.platforms, platform) {
			d.world.NotApplicable("the domain of the projects does not export " + platform)
		}
		d.world.Act(situation.Act{Verb: situation.Export, Platform: platform})
	})

	d.then("the Export message names that project and that iteration", check.HasIDs(check.Export))
	d.then("the Export message says ExportCompleted", check.HasStatus(check.Export, "ExportCompleted"))
	d.then("the Export message says ExportFailed", check.HasStatus(check.Export, "ExportFailed"))
	d.then("the Export message was not stored before ExportIteration answered", check.NotBeforeResponse(check.Export))
	d.then("the export was over when the Export message was stored", check.FinishedWhenStored(check.Export))
	d.then("the export sent exactly one Export message", check.OneMessageEach(check.Export))
	d.then("each export sent exactly one Export message", check.OneMessageEach(check.Export))
	d.then("modelUri is the URL of the backup", check.ModelURIIsBackup())
	d.then("modelUri is a SAS URL that downloads the exported model", check.ModelURIIsSAS())
}

// export is the export for the platform of that rank among those of the domain.
func (d *registrar) export(rank int) situation.Act {
	a := situation.Act{Verb: situation.Export}
	if rank < len(d.platforms) {
		a.Platform = d.platforms[rank]
	}
	return a
}
