// Package estimate counts the things that a run creates: beforehand, from the act
// trees that will be performed ([New]), and afterwards, from the evidence ([Count]).
// For a conformant service both agree, kind by kind.
//
// It sends nothing and knows neither a clock nor prices. Stop extending it if it
// would have to ask a service, or to know the prices of a cloud.
package estimate
