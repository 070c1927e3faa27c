package check_test

import (
	"testing"

	"github.com/cvconform/cvconform/internal/check"
)

func TestNoBackup(t *testing.T) {
	k := check.NoBackup()
	put := func(s *timelineBuilder, name string, began float64) *timelineBuilder {
		return s.putBlob("c", name, "1", 1, began, began+1).endAct().blobAtEnd(name, "1", 1)
	}
	export := func() *timelineBuilder { return newGatewayTimeline().export() }
	assertVerdicts(t, map[string]verdict{
		"none":                      {k, export(), ""},
		"a backup":                  {k, put(export(), backupName, 35), `failed: blob "` + backupName + `" of 1 bytes`},
		"a backup, later":           {k, put(export().endAct(), backupName, 41), "failed: blob"},
		"a backup, not observed":    {k, export().endAct().blobAtEnd(backupName, "1", 1), "failed: blob"},
		"after the absence window":  {k, put(export().endAct(), backupName, 50), ""},
		"under another name":        {k, put(export(), "model.zip", 35), `failed: blob "model.zip"`},
		"later, under another name": {k, put(export().endAct(), "model.zip", 41), `failed: blob "model.zip"`},
		"a blob from before":        {k, put(newGatewayTimeline(), "marker", 2).export(), ""},
		"a test blob":               {k, put(export(), testBlob, 35), ""},
		"deleted again":             {k, export().putBlob("c", backupName, "1", 1, 35, 36).deleteBlob(backupName, 37, 38), ""},
	})
}
