package steps

import "github.com/cvconform/cvconform/internal/check"

func (d *registrar) backupSteps() {
	d.then("the container holds the backup", check.HasBackup())
	d.then("the container holds the backup of each project", check.HasBackup())
	d.then("the backup is a copy of the exported model", check.BackupIsCopy())
	d.then("the backup of each project is a copy of its own model", check.BackupIsCopy())
	d.then("the backup is byte-for-byte identical to the exported model", check.BackupIsExact())
	d.then("the backup was complete when first seen", check.CompleteWhenFirstSeen())
	d.then("the backup was complete before the Export message was stored", check.BackupBeforeMessage())
	d.then("modelUri could be downloaded as soon as the message was read", check.BackupAtModelURI())
	d.then("the container holds no backup", check.NoBackup())
	d.then("the exported model can be downloaded", check.ModelDownloads())
}
