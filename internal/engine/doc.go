// Package engine runs the contract: it selects and plans, has every distinct
// situation performed once, lets every scenario judge the evidence, and draws
// the verdicts together. Each scenario is one godog suite that holds nothing
// else, run twice: once to declare its situation (nothing is sent), once to
// judge it.
//
// The engine knows neither the wire nor the storage: performing is a function
// that it is given, and so are the step definitions.
package engine
