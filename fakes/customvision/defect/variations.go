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
		newDefect("ids-in-capitals", "Ids in messages are in upper case.", nil, rewrite("", capitals)),
		newDefect("more-members", "Messages have additional members.", nil, rewrite("", more)),
		newDefect("messages-in-base64", "Messages are Base64.", nil, rewriteText("", base64Of)),
		newDefect("images-one-by-one", "Images can be uploaded as multipart only.", nil, refusingImages("/images/files")),
		newDefect("absent-uris-null", "Storage URIs that were not given are null in responses.", nil, uris(nil)...),
		newDefect("absent-uris-empty", "Storage URIs that were not given are empty strings in responses.", nil, uris("")...),
	}
}
