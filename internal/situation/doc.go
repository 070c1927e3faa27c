// Package situation models what is done to the service under test: acts, the
// situations that they add up to, and the plan that performs every distinct
// situation once. It is pure: it sends nothing and knows no clock.
//
// A situation is a sequence of acts. Situations that only add a training or
// exports to the same project share that project; an act that disturbs (an
// update, a second training, a provoked failure) gets a project of its own.
package situation
