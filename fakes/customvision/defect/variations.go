package defect

// Variations lists what a service may do otherwise than this fake and keep the
// contract: nothing may catch these.
func Variations() []Defect {
	more := func(doc, content map[string]any) { doc["id"], content["note"] = "1", map[string]any{"more": true} }
	uris := func(value any) []change {
		fill := func(_, settings map[string]any) {
			for _, name := range []string{queueURI, containerURI} {
				if _, there := settings[name]; !there && settings != nil {
					settings[name] = value
				}
			}
		}
		return []change{document(createProject, fill), document(getProject, fill)}
	}
	return []Defect{
		newDefect("ids-in-capitals", "Messages have their ids in capitals.", nil, rewrite("", capitals)),
		newDefect("more-members", "Messages have members beyond the documented ones.", nil, rewrite("", more)),
		newDefect("messages-in-base64", "Messages are Base64.", nil, rewriteText("", base64Of)),
		newDefect("images-one-by-one", "Images are taken as multipart only.", nil, refusingImages("/images/files")),
		newDefect("absent-uris-null", "URIs that were not given are shown as null.", nil, uris(nil)...),
		newDefect("absent-uris-empty", "URIs that were not given are shown as empty.", nil, uris("")...),
	}
}
