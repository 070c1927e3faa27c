package steps

import (
	"regexp"
	"slices"
	"sync"

	"github.com/cucumber/godog"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/engine/situation"
)

// A registrar registers the steps of one scenario.
type registrar struct {
	sc        *godog.ScenarioContext
	world     *engine.World
	profile   situation.Integrations // the URIs that the profile claims
	platforms []string               // that the domain exports, in the order in which they are tried
	patterns  *patterns
}

// patterns keeps the steps' expressions for a run: godog is told all of them
// anew for every scenario, and to compile them each time would cost more than
// all the rest of judging.
type patterns struct{ compiled sync.Map }

// compile is the expression that matches the whole step.
func (p *patterns) compile(step string) *regexp.Regexp {
	if known, ok := p.compiled.Load(step); ok {
		return known.(*regexp.Regexp)
	}
	made, _ := p.compiled.LoadOrStore(step, regexp.MustCompile("^"+step+"$"))
	return made.(*regexp.Regexp)
}

// definitions returns the step definitions for a profile and a domain.
func definitions(profile situation.Integrations, platforms []string) engine.StepDefinitions {
	shared := &patterns{}
	return func(sc *godog.ScenarioContext, w *engine.World) {
		d := &registrar{sc: sc, world: w, profile: profile, platforms: platforms, patterns: shared}
		d.storage()
		d.projects()
		d.updates()
		d.trainings()
		d.exports()
		d.attempts()
		d.connectionChecks()
		d.messages()
		d.backups()
	}
}

// given defines a step that adds acts to the situation.
func (d *registrar) given(text string, acts ...situation.Act) {
	d.sc.Given(d.patterns.compile(text), func() { d.do(acts) })
}

// when defines the action of a scenario.
func (d *registrar) when(text string, acts ...situation.Act) {
	d.sc.When(d.patterns.compile(text), func() { d.do(acts) })
}

func (d *registrar) do(acts []situation.Act) {
	for _, a := range acts {
		d.world.Act(a)
	}
}

// then defines a judgement.
func (d *registrar) then(text string, k check.Check) {
	d.sc.Then(d.patterns.compile(text), func() error { return d.world.Judge(k) })
}

// platformOrder is the order in which exports go through the platforms of
// the API reference.
func platformOrder() []string { return []string{"CoreML", "TensorFlow", "ONNX", "DockerFile", "VAIDK"} }

// sortPlatforms keeps the platforms that the contract knows, in order; where nothing
// is known of the domain, all are tried.
func sortPlatforms(exportable []string) []string {
	if len(exportable) == 0 {
		return platformOrder()
	}
	var out []string
	for _, p := range platformOrder() {
		if slices.Contains(exportable, p) {
			out = append(out, p)
		}
	}
	return out
}
