// Package defect is a catalogue of ways to get the storage integration wrong:
// misbehaviours of the fake that can be switched on one by one, to see what a
// consumer does with them, and to prove that a conformance suite notices. Each
// [Defect] has a name, a sentence that says what the faulty service does, and
// the requirements of the contract that have to catch it, each with a piece of
// the reason that it has to give: a suite that fails for another reason has not
// understood what is wrong.
//
// A defect never reaches into the service. It acts on what passes between the
// service and its callers, and between the service and its storage: [Apply]
// stands on both sides. So each defect is one row of one table here, and the
// service itself knows of none. What a service forgets to do is lost on its way
// out, what it does too much is added there.
//
// The rows are by capability, as the features of the contract are: create,
// update, connect, train, backup, export, message, access. A row is one mistake
// that a team would make, and nothing else with it. Beside the defects there are
// [Liberties]: what a service may do otherwise than this fake, and no suite may
// object to.
//
// Stop extending it where a defect would need to know who is judging, or where
// it would be two mistakes at once.
package defect
