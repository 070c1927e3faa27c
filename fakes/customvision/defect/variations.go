package defect

// Variations returns the differences from this fake that the contract permits. No requirement may reject them.
func Variations() []Defect {
	addMembers := func(doc, content map[string]any) {
		doc["id"], content["note"] = "1", map[string]any{"more": true}
	}
	absentURIs := func(value any) []change {
		fill := func(_, settings map[string]any) {
			for _, name := range []string{queueURI, containerURI} {
				if _, present := settings[name]; !present && settings != nil {
					settings[name] = value
				}
			}
		}
		return []change{editDocument(createProject, fill), editDocument(getProject, fill)}
	}
	return []Defect{
		newDefect("ids-in-capitals", "Ids in messages are in upper case.", nil, editMessages("", upperCaseIDs)),
		newDefect("more-members", "Messages have additional members.", nil, editMessages("", addMembers)),
		newDefect("messages-in-base64", "Messages are Base64.", nil, editMessageText("", encodeBase64)),
		newDefect("images-one-by-one", "Images can be uploaded as multipart only.", nil, rejectUploads("/images/files")),
		newDefect("absent-uris-null", "Storage URIs that were not given are null in responses.", nil, absentURIs(nil)...),
		newDefect("absent-uris-empty", "Storage URIs that were not given are empty strings in responses.",
			nil, absentURIs("")...),
	}
}
