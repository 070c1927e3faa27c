//go:build race

package steps

// parallelTests is how many runs go side by side where the race detector makes them
// compute more than they wait.
const parallelTests = "3"

// sample are every seventh of many cases of the same kind: the race detector makes
// seconds of computing minutes. make test has all of them without it.
func sample[T any](all []T) []T {
	var some []T
	for i := 0; i < len(all); i += 7 {
		some = append(some, all[i])
	}
	return some
}
