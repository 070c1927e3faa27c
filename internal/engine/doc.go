// Package engine plans, performs and judges a run: it selects the requirements, performs every distinct situation once,
// judges the evidence by every scenario, and combines the verdicts.
//
// Each scenario is a godog suite of its own that runs twice: first to declare its situation (nothing is sent), then
// to judge the evidence. The engine knows neither the service nor its storage: the function that performs a situation
// and the step definitions are arguments. Stop extending it when a change would need either.
package engine
