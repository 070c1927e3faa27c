//go:build !race

package steps_test

// atOnce is how many runs go side by side: they wait more than they compute.
const atOnce = "5"

// everyCloud is whether all tests on a virtual clock are run.
const everyCloud = true
