// Package situation models the acts on the service under test, the situations that consist of them, and the plan that
// performs every distinct act once. It is pure: it sends nothing and reads no clock.
//
// A situation is a sequence of acts. Situations that only add trainings or exports to the same project share that
// project; a second training comes after the exports of the first. An act that affects later observations (an update,
// a provoked failure) gets a project of its own. Stop extending the package when a rule would depend on the service
// or on a run.
package situation
