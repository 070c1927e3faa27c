package effect

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/reading"
)

// TestFolder is the folder of the test blob, in one of the guide's spellings.
const TestFolder = "CustomVision-TestPermission"

// IsTestBlob reports whether a name is inside the test-permission folder, as the reading test-folder spells it.
func IsTestBlob(name string, readings reading.Set) bool {
	folder, file, ok := strings.Cut(name, "/")
	if !ok || file == "" {
		return false
	}
	if spelling := readings[reading.TestFolder]; spelling != "any-case" {
		return folder == spelling+"-TestPermission"
	}
	return strings.EqualFold(folder, TestFolder)
}

// HasTestFolder reports whether a name is inside a test-permission folder of any spelling.
func HasTestFolder(name string) bool {
	return IsTestBlob(name, reading.Set{reading.TestFolder: "any-case"})
}

// StoresBlob reports whether the operation stored a blob, or a part of one, in a container.
func StoresBlob(op evidence.Operation, container string) bool {
	return op.Service == evidence.Blob && op.Resource == container && op.Object != "" && op.Writes() && op.Succeeded()
}

// MakesVisible reports whether a blob exists after the operation: blocks alone make none.
func MakesVisible(op evidence.Operation) bool {
	return op.Name != "PutBlock" && op.Name != "PutBlockFromURL"
}

// A Backup identifies the backup of one export.
type Backup struct{ Project, Iteration, Platform string }

// Names returns the names that the reading blob-name accepts.
func (b Backup) Names(readings reading.Set) []string {
	spaced := fmt.Sprintf("%s - %s.%s", b.Project, b.Iteration, b.Platform)
	tight := fmt.Sprintf("%s-%s.%s", b.Project, b.Iteration, b.Platform)
	switch readings[reading.BlobName] {
	case "tight":
		return []string{tight}
	case "any":
		return []string{spaced, tight}
	}
	return []string{spaced}
}

// HasName reports whether name is the name of the backup.
func (b Backup) HasName(name string, readings reading.Set) bool {
	platform := "." + b.Platform
	for _, want := range b.Names(readings) {
		if readings[reading.GUIDCase] == "lower" {
			want = strings.ToLower(strings.TrimSuffix(want, platform)) + platform
		} else if strings.EqualFold(name, want) && strings.HasSuffix(name, platform) {
			return true
		}
		if name == want {
			return true
		}
	}
	return false
}

// StoresBackup reports whether a backup exists after the operation.
func StoresBackup(op evidence.Operation, container string, b Backup, readings reading.Set) bool {
	return StoresBlob(op, container) && MakesVisible(op) && b.HasName(op.Object, readings)
}

// backupName matches the ids and the platform in the name of a backup.
var backupName = regexp.MustCompile(
	`^([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}) ?- ?([0-9a-fA-F]{8}-[0-9a-fA-F-]*)(?:\.(\w+))?`)

// ParseBackup reads the name of a backup; false for any other name.
func ParseBackup(name string) (Backup, bool) {
	found := backupName.FindStringSubmatch(name)
	if found == nil {
		return Backup{}, false
	}
	return Backup{Project: found[1], Iteration: found[2], Platform: found[3]}, true
}

// ProjectNamedBy returns the id of the project that a stored message or backup names, or "".
func ProjectNamedBy(op evidence.Operation) string {
	if op.Name == "PutMessage" {
		return ParseMessage(op.Text).ProjectID()
	}
	if b, ok := ParseBackup(op.Object); ok && op.Service == evidence.Blob {
		return b.Project
	}
	return ""
}
