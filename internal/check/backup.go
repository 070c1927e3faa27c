package check

import (
	"fmt"
	"maps"
	"strings"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/reading"
)

// HasBackup: the container of every project of the situation holds a blob
// named "{projectId} - {iterationId}.{platformType}".
func HasBackup() Check {
	return Check{Name: "has-backup", Judge: func(c *Case) *Problem {
		return c.forEach(func(p project) *Problem {
			_, problem := c.backup(p)
			return problem
		})
	}}
}

// BackupIsCopy: the backup of every project has the bytes of its own
// downloadUri, or is a zip archive of the same entries; it is never empty.
func BackupIsCopy() Check {
	return Check{Name: "backup-is-copy", Judge: func(c *Case) *Problem {
		return c.forEach(func(p project) *Problem { return c.copied(p, false) })
	}}
}

// BackupIsExact: the backup has the very bytes of downloadUri.
func BackupIsExact() Check {
	return Check{Name: "backup-is-exact", Judge: func(c *Case) *Problem {
		return c.forEach(func(p project) *Problem { return c.copied(p, true) })
	}}
}

func (c *Case) forEach(judge func(project) *Problem) *Problem {
	all := c.projects()
	if len(all) == 0 {
		return &Problem{Kind: Broken, Summary: "no project is on record"}
	}
	for _, p := range all {
		if problem := judge(p); problem != nil {
			return problem
		}
	}
	return nil
}

// backup finds the backup of the last export in the project's container.
func (c *Case) backup(p project) (evidence.Event, *Problem) {
	var there []evidence.Event
	for _, e := range c.events(evidence.KindBlob) {
		if e.Blob.Container != p.container {
			continue
		}
		if c.isBackupName(e.Blob.Name, p) {
			return e, nil
		}
		there = append(there, e)
	}
	want := fmt.Sprintf("blob %q in container %s", c.backupNames(p)[0], p.container)
	got := "the container is empty"
	if len(there) > 0 {
		got = fmt.Sprintf("%d other blobs, the last: %q", len(there), there[len(there)-1].Blob.Name)
	}
	return evidence.Event{}, fail(want, got, append(c.expiredWaits(budget.Backup), there...)...)
}

// backupNames lists the names that the reading blob-name accepts.
func (c *Case) backupNames(p project) []string {
	iteration, platform := c.trained(p), c.platform()
	spaced := fmt.Sprintf("%s - %s.%s", p.id, iteration, platform)
	tight := fmt.Sprintf("%s-%s.%s", p.id, iteration, platform)
	switch c.Readings[reading.BlobName] {
	case "tight":
		return []string{tight}
	case "any":
		return []string{spaced, tight}
	}
	return []string{spaced}
}

func (c *Case) isBackupName(name string, p project) bool {
	platform := "." + c.platform()
	for _, want := range c.backupNames(p) {
		if c.Readings[reading.GUIDCase] == "lower" {
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

func (c *Case) copied(p project, exact bool) *Problem {
	blob, problem := c.backup(p)
	if problem != nil {
		return problem
	}
	model, problem := c.download("downloadUri", p)
	if problem != nil {
		return problem
	}
	b, m := blob.Blob, model.Download
	switch {
	case b.Length == 0:
		return fail("a backup that is not empty", "0 bytes", blob)
	case b.SHA256 == m.SHA256:
		return nil
	case !exact && len(b.Entries) > 0 && maps.Equal(b.Entries, m.Entries):
		return nil
	}
	return fail(fmt.Sprintf("the %d bytes of downloadUri, SHA-256 %s", m.Length, m.SHA256),
		fmt.Sprintf("%d bytes, SHA-256 %s", b.Length, b.SHA256), blob, model)
}

// download is what was found behind a link of the project's last export.
func (c *Case) download(link string, p project) (evidence.Event, *Problem) {
	for _, e := range c.eventsIn(c.lastAct(), evidence.KindDownload) {
		d := e.Download
		if d.Link != link || e.Project != p.label {
			continue
		}
		if d.Error != "" || d.Status != 200 {
			return e, fail("the content behind "+link, fmt.Sprintf("status %d: %s", d.Status, d.Error), e)
		}
		if d.Length == 0 {
			return e, fail("the content behind "+link, "0 bytes", e)
		}
		return e, nil
	}
	over, _ := c.firstTerminal(Export)
	return evidence.Event{}, fail("a "+link+" to follow", "the service gave out none", over)
}

// ModelDownloads: downloadUri gives the exported model.
func ModelDownloads() Check {
	return Check{Name: "model-downloads", Judge: func(c *Case) *Problem {
		return c.forEach(func(p project) *Problem {
			_, problem := c.download("downloadUri", p)
			return problem
		})
	}}
}

// CompleteWhenFirstSeen: whoever saw the backup's name saw its whole content:
// one operation committed it, or the first that did already had the final bytes.
func CompleteWhenFirstSeen() Check {
	return Check{Name: "complete-when-first-seen", Judge: func(c *Case) *Problem {
		p, problem := c.singleProject()
		if problem != nil {
			return problem
		}
		blob, problem := c.backup(p)
		if problem != nil {
			return problem
		}
		commits := c.commits(p, blob.Blob.Name)
		if len(commits) == 0 {
			return c.unobservedPut(blob)
		}
		if c.Visibility.IsPolled() {
			return c.listedCompletely(blob, commits)
		}
		one := commits[0].Operation
		if (len(commits) == 1 && one.Name != "AppendBlock" && one.Name != "PutPage") || one.SHA256 == blob.Blob.SHA256 {
			return nil
		}
		return fail(
			"the whole backup under its name at once",
			fmt.Sprintf("%d operations changed it, the first: %s of %d bytes", len(commits), one.Name, one.Length),
			commits...)
	}}
}

func (c *Case) unobservedPut(blob evidence.Event) *Problem {
	return &Problem{Kind: Inconclusive, Summary: "nobody saw how the backup was stored: " + c.unobservedReason(),
		Want: "the operation that stored " + blob.Blob.Name, Got: "none on record", Events: eventNumbers([]evidence.Event{blob})}
}

// commits lists the operations that changed the committed content of a blob.
func (c *Case) commits(p project, name string) []evidence.Event {
	var out []evidence.Event
	for _, e := range c.writes(c.events(evidence.KindOperation)) {
		op := e.Operation
		if op.Service == evidence.Blob && op.Resource == p.container && op.Object == name && op.Name != "PutBlock" {
			out = append(out, e)
		}
	}
	return out
}
