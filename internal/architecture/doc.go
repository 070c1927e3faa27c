// Package architecture holds the tests of the module's structure: the layers of its packages, the dependencies of
// the pure packages, and the rules that every file keeps. It contains no code.
package architecture
