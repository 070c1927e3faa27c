//go:build race

package steps

// parallelTests is the number of parallel tests. With the race detector they compute more than they wait.
const parallelTests = "3"

// sample returns every seventh of many cases of the same kind, because the race detector is slow. make test also runs
// all of them without it.
func sample[T any](all []T) []T {
	var chosen []T
	for i := 0; i < len(all); i += 7 {
		chosen = append(chosen, all[i])
	}
	return chosen
}
