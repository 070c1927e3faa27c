// Package defect is a catalogue of faults in the storage integration of Custom Vision. Each fault can be switched on in
// the fake service: to see how a consumer handles it, and to prove that a conformance suite detects it. A [Defect] has
// a name, a description of the fault, and the requirements of the contract that must detect it, each with a part of the
// reason that it must give. A suite that fails for another reason has not recognised the fault.
//
// A defect never changes the service itself. It changes the traffic between the service and its callers, and between
// the service and its storage: [Apply] intercepts both. So each defect is one entry of the catalogue, and the service
// has no code for any. A step that a faulty service omits is removed from the traffic, and a step too many is added.
//
// The entries are grouped by capability, as the features of the contract are: create, update, connect, train, backup,
// export, message, access. An entry is one mistake that a team could make. The catalogue also contains [Variations]:
// differences from this fake that the contract permits, and that no suite may reject.
//
// Stop extending the catalogue where a defect would depend on the suite that runs, or would combine two mistakes.
package defect
