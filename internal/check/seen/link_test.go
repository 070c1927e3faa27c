package seen_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/check/seen"
)

func TestLinkDifference(t *testing.T) {
	box := &url.URL{Scheme: "http", Host: "s:1", Path: "/acc/box"}
	escaped := strings.ReplaceAll(backup, " ", "%20")
	for link, want := range map[string]string{
		"":                              "",
		"http://s:1/acc/box/" + escaped: "",
		"http://s:1/acc/box/" + escaped + "?sig=x":                       "",
		"http://s:1/acc/box/%zz":                                         "it is no valid URL",
		"https://s:1/acc/box/" + escaped:                                 "it leads to https://s:1, must lead to http://s:1",
		"http://azurite:10000/acc/box/" + escaped:                        "it leads to http://azurite:10000, must lead to http://s:1",
		"http://s:1/acc/other/" + escaped:                                `its path is "/acc/other/` + backup + `", must begin with "/acc/box/"`,
		"http://s:1/acc/box/" + strings.ReplaceAll(backup, " ", "%2520"): "the name of the blob is percent-encoded twice",
		"http://s:1/acc/box/" + strings.ReplaceAll(backup, " ", "+"): "the name of the blob has + in place of each space, " +
			"which is a plus sign in a path",
		"http://s:1/acc/box/" + strings.ReplaceAll(backup, " ", ""): "the name of the blob has other spaces",
		"http://s:1/acc/box/" + strings.ToLower(escaped):            "the name of the blob has letters of another case",
		"http://s:1/acc/box/x":                                      `the blob is "x", must be "` + backup + `"`,
	} {
		assert.Equal(t, want, seen.LinkDifference(box, backup, link), link)
	}
}

func TestSASProblem(t *testing.T) {
	for query, want := range map[string]string{
		"":                               "",
		"?se=2020-01-01":                 "",
		"?sig=x":                         "",
		"?sig=x&se=2026-03-01T09:15:00Z": "",
		"?sig=x&se=2026-03-01T08:14:59Z": "its SAS had expired: se=2026-03-01T08:14:59Z, requested at 2026-03-01T08:15:00Z",
		"?sig=x&se=2026-02-28":           "its SAS had expired: se=2026-02-28, requested at 2026-03-01T08:15:00Z",
		"?sig=x&se=2026-03-01T08:15Z":    "its SAS had expired: se=2026-03-01T08:15Z, requested at 2026-03-01T08:15:00Z",
		"?sig=x&se=soon":                 "the end of its SAS is no time: se=soon",
		"?sig=x&st=2026-03-01T08:16:00Z": "its SAS was not valid yet: st=2026-03-01T08:16:00Z, requested at 2026-03-01T08:15:00Z",
		"?sig=x&st=2026-03-01T08:14:00Z": "",
		"?sig=x&se=2026-03-02&sp=w":      "its SAS does not permit to read: sp=w",
		"?sig=x&se=2026-03-02&sp=rw":     "",
		"?sig=x&se=2026-03-02&spr=https": "its SAS permits HTTPS only: spr=https",
	} {
		assert.Equal(t, want, seen.SASProblem("http://s/a/c/b"+query, at(0)), query)
	}
}

func TestMisspeltMember(t *testing.T) {
	object := map[string]any{"Type": 1, "project_id": 2, "version": 3}
	for name, want := range map[string]string{
		"type":      `has "Type", must be "type"`,
		"projectId": `has "project_id", must be "projectId"`,
		"version":   "",
		"Content":   "",
	} {
		assert.Equal(t, want, seen.MisspeltMember(object, name), name)
	}
	assert.Empty(t, seen.MisspeltMember(nil, "x"))
}
