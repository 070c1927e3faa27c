// Package features holds the contract: the Gherkin files, the order and the
// sources of the requirements (requirements.yaml), and the JSON Schemas of the
// queue messages, all embedded. [Load] parses them into a [Catalogue].
//
// Each requirement is stated once, by a Rule: the name of the Rule is the
// sentence, its description has the details, and its tags have the id, the level
// and the conditions. The package contains the requirements only. How they are
// judged belongs to the step definitions.
package features

import "embed"

//go:embed *.feature requirements.yaml schemas/*.json
var files embed.FS
