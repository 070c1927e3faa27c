package steps

import (
	"regexp"
	"sync"

	"github.com/cucumber/godog"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/engine/situation"
)

// A registrar registers the steps of one scenario with godog.
type registrar struct {
	sc        *godog.ScenarioContext
	world     *engine.World
	profile   situation.Integrations // the URIs that the profile under test supports
	platforms []string               // the platforms that the domain exports, in the order of use
	patterns  *patterns
}

// patterns caches the compiled step expressions of a run. The steps are
// registered again for every scenario, and compiling them each time would take
// longer than everything else that the judgement does.
type patterns struct{ compiled sync.Map }

// compile returns the expression that matches the complete step.
func (p *patterns) compile(step string) *regexp.Regexp {
	if known, ok := p.compiled.Load(step); ok {
		return known.(*regexp.Regexp)
	}
	compiled, _ := p.compiled.LoadOrStore(step, regexp.MustCompile("^"+step+"$"))
	return compiled.(*regexp.Regexp)
}

// given defines a Given step that adds acts to the situation.
func (d *registrar) given(text string, acts ...situation.Act) {
	d.sc.Given(d.patterns.compile(text), func() { d.addActs(acts) })
}

// when defines a When step that adds acts to the situation.
func (d *registrar) when(text string, acts ...situation.Act) {
	d.sc.When(d.patterns.compile(text), func() { d.addActs(acts) })
}

func (d *registrar) addActs(acts []situation.Act) {
	for _, a := range acts {
		d.world.Act(a)
	}
}

// then defines a Then step that applies a check to the evidence.
func (d *registrar) then(text string, k check.Check) {
	d.sc.Then(d.patterns.compile(text), func() error { return d.world.Judge(k) })
}
