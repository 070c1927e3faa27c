// Package finding says what the first answers of a service mean, before
// anything is judged by it: whether it can be judged at all, whose fault it looks
// like where not, and what to do. It is pure: others ask, it reads the answers.
//
// Stop extending it where a check would be a requirement: those judge.
package finding
