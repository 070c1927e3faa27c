// Package azurite keeps one Azurite alive: the storage emulator that the service under test and the harness use, in a
// container through testcontainers-go or as a local process installed by npm from the lock file in this package.
//
// It models Azurite's life and its addresses only. What is stored in it is package storage's matter, and other accounts,
// HTTPS and OAuth are left to an Azurite that the user brings. Stop extending it when Azurite's own flags would do.
package azurite
