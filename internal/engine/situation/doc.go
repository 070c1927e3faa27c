// Package situation models what is done to the service under test: acts, the
// situations that they add up to, and the plan that performs every distinct
// situation once. It is pure: it sends nothing and knows no clock.
//
// A situation is a sequence of acts. Situations that only add trainings or
// exports to the same project share that project: a second training comes last,
// after the exports of the first. An act that disturbs (an update, a provoked
// failure) gets a project of its own.
package situation
