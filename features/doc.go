// Package features holds the contract: the Gherkin files, the list of
// requirements that they state (requirements.yaml), and the JSON Schemas of the
// queue messages, all embedded. [Load] parses them into a [Catalogue].
//
// One Rule is one requirement; its id and level are its tags. The package knows
// what is required, never how it is judged.
package features

import "embed"

//go:embed *.feature requirements.yaml schemas/*.json
var files embed.FS
