//go:build race

package steps_test

// atOnce is how many runs go side by side where the race detector makes them
// compute more than they wait.
const atOnce = "3"
