package steps

import (
	"slices"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
)

func (d *registrar) exportSteps() {
	export := d.export(0)
	d.given("it has been exported", export)
	d.when("it is exported and the export completes", export)
	d.when("they are exported and the exports complete", export)
	d.when("it is exported and the export fails", export)
	d.sc.When(d.patterns.compile(`it is exported to another platform and the export completes`), func() {
		if len(d.platforms) < 2 {
			d.world.NotApplicable("the domain exports one platform only")
		}
		d.world.Act(d.export(1))
	})
	d.sc.When(d.patterns.compile(`it is exported as (\w+) and the export completes`), func(platform string) {
		if !slices.Contains(d.platforms, platform) {
			d.world.NotApplicable("the domain of the projects does not export " + platform)
		}
		d.world.Act(situation.Act{Verb: situation.Export, Platform: platform})
	})

	d.then("the Export message has the ids of the project and of the exported iteration", check.HasIDs(check.Export))
	d.then(`the Export message has exportStatus "ExportCompleted"`, check.HasStatus(check.Export, "ExportCompleted"))
	d.then(`the Export message has exportStatus "ExportFailed"`, check.HasStatus(check.Export, "ExportFailed"))
	d.then("the Export message was not stored before ExportIteration had responded", check.NotBeforeResponse(check.Export))
	d.then("the export had finished when the Export message was stored", check.FinishedWhenStored(check.Export))
	d.then("the export sent exactly one Export message", check.OneMessageEach(check.Export))
	d.then("each export sent exactly one Export message", check.OneMessageEach(check.Export))
	d.then("modelUri is the URL of the backup", check.ModelURIIsBackup())
	d.then("modelUri is a valid absolute URI", check.ModelURIIsValid())
	d.then("modelUri is a SAS URL that downloads the exported model", check.ModelURIIsSAS())
}

// export returns an export to the i-th platform of the domain.
func (d *registrar) export(i int) situation.Act {
	a := situation.Act{Verb: situation.Export}
	if i < len(d.platforms) {
		a.Platform = d.platforms[i]
	}
	return a
}
