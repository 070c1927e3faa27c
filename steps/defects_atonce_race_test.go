//go:build race

package steps_test

// atOnce is how many runs go side by side where the race detector makes them
// compute more than they wait.
const atOnce = "3"

// everyCloud is whether all tests on a virtual clock are run: the race detector
// makes hours that pass in seconds pass in minutes. make test runs all of them
// without it too.
const everyCloud = false
