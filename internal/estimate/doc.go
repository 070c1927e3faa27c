// Package estimate says what a run creates, and what it takes: beforehand, from
// the lineages that will be performed ([Foresee]), and afterwards, from the
// evidence ([Count]). Against a service that does as the contract says the two
// agree, kind by kind.
//
// It sends nothing and knows no clock and no prices. Stop extending it where it
// would need to ask a service, or what a cloud charges.
package estimate
