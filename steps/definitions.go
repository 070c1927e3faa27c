package steps

import (
	"github.com/cucumber/godog"

	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/engine/situation"
)

// definitions returns the step definitions for a profile and a domain.
func definitions(profile situation.Integrations, platforms []string) engine.StepDefinitions {
	shared := &patterns{}
	return func(sc *godog.ScenarioContext, w *engine.World) {
		d := &registrar{sc: sc, world: w, profile: profile, platforms: platforms, patterns: shared}
		d.storageSteps()
		d.projectSteps()
		d.updateSteps()
		d.connectionSteps()
		d.trainingSteps()
		d.exportSteps()
		d.backupSteps()
		d.messageSteps()
		d.accessSteps()
	}
}
