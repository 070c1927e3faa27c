package seen_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/check/seen"
	"github.com/cvconform/cvconform/internal/evidence"
)

func onBlob(second float64, name string, op evidence.Operation) evidence.Event {
	op.Service, op.Name = evidence.Blob, name
	if op.Resource == "" {
		op.Resource = container
	}
	if op.Object == "" {
		op.Object = backup
	}
	return operation(second, op)
}

func TestInsteadOfBlob(t *testing.T) {
	const other = "cvc-20260301t081500-5f3a9c01-08-c2"
	for want, events := range map[string][]evidence.Event{
		"": timeline(
			onBlob(-1, "PutBlock", evidence.Operation{}),
			onBlob(1, "PutBlock", evidence.Operation{}), onBlob(2, "PutBlockList", evidence.Operation{}),
			onBlob(1, "PutBlob", evidence.Operation{Resource: other, Object: otherID + ".CoreML"})),
		`the service never committed its blocks (2 PutBlock, no PutBlockList) of blob "` + backup + `"`: timeline(
			onBlob(1, "PutBlock", evidence.Operation{}), onBlob(2, "PutBlock", evidence.Operation{}),
			onBlob(2, "PutBlockList", evidence.Operation{Status: 400, Code: "InvalidBlockList"})),
		`the service never committed its blocks (1 PutBlock, no PutBlockList) of blob "` + backup + `"`: timeline(
			onBlob(1, "PutBlock", evidence.Operation{})),
		"the service stored the backup and deleted it itself 1.5s later (DeleteBlob)": timeline(
			onBlob(1, "PutBlob", evidence.Operation{}), onBlob(2.5, "DeleteBlob", evidence.Operation{})),
		"the service deleted the container (DeleteContainer)": timeline(
			onBlob(1, "PutBlob", evidence.Operation{}), onBlob(2, "DeleteContainer", evidence.Operation{})),
		"the service sent the backup (PutBlob), but storage answered 409 BlobImmutableDueToPolicy": timeline(
			onBlob(1, "PutBlob", evidence.Operation{Status: 409, Code: "BlobImmutableDueToPolicy"})),
		`the service sent the backup as "x/` + strings.ToUpper(backup) + `" to container ` + other + ` of another situation of the run`: timeline(
			onBlob(1, "PutBlob", evidence.Operation{Resource: other, Object: "x/" + strings.ToUpper(backup)})),
		`the service sent the backup as "` + backup + `" to container models, which the run did not make; storage answered 404`: timeline(
			onBlob(1, "PutBlob", evidence.Operation{Resource: "models", Status: 404})),
	} {
		isBackup := func(name string) bool { return name == backup }
		got, found := seen.InsteadOfBlob(events,
			seen.Blob{Name: "the backup", Container: container, Project: projectID, Is: isBackup, Since: at(0)})
		assert.Equal(t, want, got)
		assert.Equal(t, want == "", len(found) == 0, "%s: the events that show it", want)
	}
}

func TestDifferenceOfBackupName(t *testing.T) {
	spaced := seen.BackupName{Project: projectID, Iteration: iterationID, Platform: "CoreML", Separator: " - "}
	compact := func(s string) string { return strings.ReplaceAll(s, "-", "") }
	for name, want := range map[string]string{
		backup:                                "",
		"x":                                   "",
		otherID + " - " + otherID + ".CoreML": "",
		projectID + "-" + iterationID + ".CoreML":                     "there are no spaces around the hyphen between its ids",
		projectID + "%20-%20" + iterationID + ".CoreML":               "it has %20 in place of each space (it was percent-encoded twice)",
		projectID + "+-+" + iterationID + ".CoreML":                   "it has + in place of each space",
		projectID + "_" + iterationID + ".CoreML":                     `it has "_" between its ids, must have " - "`,
		projectID + " – " + iterationID + ".CoreML":                   `it has " – " between its ids, must have " - "`,
		projectID + " - " + iterationID:                               `the extension ".CoreML" is missing`,
		projectID + " - " + iterationID + ".coreml":                   `its extension is ".coreml", must be ".CoreML"`,
		projectID + " - " + iterationID + ".CoreML.zip":               `it goes on after ".CoreML" with ".zip"`,
		projectID + " - " + iterationID + ".mlmodel":                  `it ends with ".mlmodel", must end with ".CoreML"`,
		iterationID + " - " + projectID + ".CoreML":                   "the ids of project and iteration are swapped",
		projectID + " - " + projectID + ".CoreML":                     "it has the id of the project twice",
		iterationID + " - " + iterationID + ".CoreML":                 "it has the id of the iteration twice",
		projectID + " - " + otherID + ".CoreML":                       "it has the id of another iteration, " + otherID,
		otherID + " - " + iterationID + ".CoreML":                     "it has the id of another project, " + otherID,
		compact(projectID) + " - " + compact(iterationID) + ".CoreML": "its ids have no hyphens",
		strings.ToUpper("abcd") + backup:                              `it begins with "ABCD"`,
		"models/" + backup:                                            `it is in the folder "models/"`,
		"{" + projectID + "} - {" + iterationID + "}.CoreML":          "its ids are in braces",
		"{projectId} - {iterationId}.CoreML":                          "the placeholders of the pattern are not replaced",
		projectID + ".CoreML":                                         "it lacks the id of the iteration",
		iterationID + ".CoreML":                                       "it lacks the id of the project",
		iterationID + "-" + projectID + ".zip": "the ids of project and iteration are swapped; " +
			"there are no spaces around the hyphen between its ids; it ends with \".zip\", must end with \".CoreML\"",
	} {
		assert.Equal(t, want, spaced.Difference(name), name)
	}
	tight := spaced
	tight.Separator = "-"
	assert.Equal(t, "there are spaces around the hyphen between its ids", tight.Difference(backup))
	letters := seen.BackupName{Project: "abcdefab-2222-3333-4444-555555555555", Iteration: iterationID, Platform: "ONNX",
		Separator: " - "}
	assert.Equal(t, "its ids are in upper case",
		letters.Difference("ABCDEFAB-2222-3333-4444-555555555555 - "+iterationID+".ONNX"))
}

func TestFolderDifference(t *testing.T) {
	const folder = "CustomVision-TestPermission"
	for name, want := range map[string]string{
		folder + "/x":                   "",
		"x":                             "",
		"models/x":                      "",
		folder:                          "it is a placeholder of the folder, not a blob in it",
		folder + "/":                    "it is a placeholder of the folder, not a blob in it",
		"Customvision-TestPermission/x": `its folder is "Customvision-TestPermission", must be "CustomVision-TestPermission"`,
		"CustomVision TestPermission/x": `its folder is "CustomVision TestPermission", must be "CustomVision-TestPermission"`,
		folder + "%2Fx":                 "the slash after the folder is percent-encoded twice (%2F)",
		folder + "-x":                   "there is no slash after the name of the folder",
		"tests/" + folder + "/x":        `the folder is inside another one, "tests"`,
	} {
		assert.Equal(t, want, seen.FolderDifference(name, folder), name)
	}
}
