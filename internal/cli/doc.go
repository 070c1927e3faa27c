// Package cli is the command line of cvconform, one file a command. The world
// (arguments, environment, streams, signals) comes in through [World]; the
// package reads nothing of it from elsewhere and never ends the process.
package cli
