// Package cli is the command line of cvconform, one file per command. Arguments,
// environment, streams and clock come in through [Runtime]; the package uses no others
// and never ends the process.
//
// Only this package knows flag names. Other packages name the fields of the Go API
// ("Config.Target") in their errors and hints, and the package translates them before
// it prints them; see fields.go. A new command is a constructor here and a package for
// its use case, not code in a command's file.
package cli
