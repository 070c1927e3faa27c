// Package finding interprets the first responses of a service, before anything is judged
// by it: whether the service can be judged, the probable cause if it cannot, and a remedy.
// The package is pure: its callers send the requests.
//
// Stop extending it if a check would be a requirement: those are judged.
package finding
