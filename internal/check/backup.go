package check

import (
	"fmt"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/check/interval"
	"github.com/cvconform/cvconform/internal/evidence"
)

// HasBackup requires that the container of every project of the situation holds a blob named
// "{projectId} - {iterationId}.{platformType}".
func HasBackup() Check {
	return immediate(everyProjectCheck("has-backup", func(c *Case, p project) *Problem {
		_, problem := findBackup(c, p)
		return problem
	}))
}

// BackupIsCopy requires that the backup of every project has the bytes of its own downloadUri, or is a zip archive
// with the same entries. It must not be empty.
func BackupIsCopy() Check {
	return everyProjectCheck("backup-is-copy", func(c *Case, p project) *Problem { return copyProblem(c, p, sameArchive) })
}

// BackupIsExact requires that the backup has the bytes of downloadUri.
func BackupIsExact() Check {
	never := func(_, _ map[string]string) bool { return false }
	return everyProjectCheck("backup-is-exact", func(c *Case, p project) *Problem { return copyProblem(c, p, never) })
}

func copyProblem(c *Case, p project, sameEntries func(a, b map[string]string) bool) *Problem {
	return withBackup(c, p, func(backup evidence.Event) *Problem {
		model, problem := findDownload(c, "downloadUri", p)
		if problem != nil {
			return problem
		}
		b, m := backup.Blob, model.Download
		switch {
		case b.Length == 0:
			return fail("a backup that is not empty", "0 bytes", backup)
		case b.SHA256 == m.SHA256 || sameEntries(b.Entries, m.Entries):
			return lateChangeProblem(c, backup)
		}
		return fail(fmt.Sprintf("the %d bytes of downloadUri, SHA-256 %s", m.Length, m.SHA256),
			appendClause(fmt.Sprintf("%d bytes, SHA-256 %s", b.Length, b.SHA256), describeFormats(b.Format, m.Format)),
			backup, model)
	})
}

// lateChangeProblem returns the problem of a backup that got its last content after the absence window. A run that ends
// with this export reads an earlier content.
func lateChangeProblem(c *Case, backup evidence.Event) *Problem {
	puts := writesOf(c, backup)
	end, limited := c.observedUntil(c.lastAct())
	if len(puts) == 0 || !limited {
		return nil
	}
	last := puts[len(puts)-1]
	return ordering{
		want:    "the complete backup before the absence window ends",
		after:   "the backup was changed again after the absence window",
		unknown: "not observed: when the backup got its last content",
	}.judge(c.completion(last.Operation), interval.At(end), last, backup)
}

// withBackup judges the backup of the last export. If it is not known whether the backup came in time, only a failure
// counts.
func withBackup(c *Case, p project, judge func(backup evidence.Event) *Problem) *Problem {
	backup, problem := findBackup(c, p)
	if problem != nil && problem.Kind != Inconclusive {
		return problem
	}
	return worst([]*Problem{judge(backup), problem})
}

// findBackup returns the backup of the last export in the project's container. The problem is that there is none, or
// that it came too late.
func findBackup(c *Case, p project) (evidence.Event, *Problem) {
	limit, problem := c.completionDeadline(c.lastAct(), Export, budget.Backup, p)
	if problem != nil {
		return evidence.Event{}, problem
	}
	own := effect.Backup{Project: p.id, Iteration: c.lastIteration(p), Platform: c.platform()}
	want := fmt.Sprintf("blob %q in container %s", own.Names(c.Readings)[0], p.container)
	var others []evidence.Event
	for _, e := range c.events(evidence.KindBlob) {
		if e.Blob.Container != p.container {
			continue
		}
		if own.HasName(e.Blob.Name, c.Readings) {
			return e, backupTimeProblem(c, e, limit, want)
		}
		others = append(others, e)
	}
	stored := func(op evidence.Operation) bool { return effect.StoresBackup(op, p.container, own, c.Readings) }
	if problem := tooLate(c, c.lastAct(), limit, want, stored); problem != nil {
		return evidence.Event{}, problem
	}
	got, found := describeMissingBackup(c, p, own, others)
	return evidence.Event{}, fail(want, got, append(c.expiredWaits(budget.Backup), found...)...)
}

// backupTimeProblem returns the problem of a backup that came after its deadline.
func backupTimeProblem(c *Case, backup evidence.Event, limit deadline, want string) *Problem {
	for _, e := range writesOf(c, backup) {
		return limit.judge(c, want, c.completion(e.Operation), e)
	}
	return limit.unknown(c, want, backup)
}

// writesOf returns the operations that changed the content of a backup.
func writesOf(c *Case, backup evidence.Event) (found []evidence.Event) {
	for _, e := range blobWrites(c.events(evidence.KindOperation), backup.Blob.Container) {
		if e.Operation.Object == backup.Blob.Name && effect.MakesVisible(*e.Operation) {
			found = append(found, e)
		}
	}
	return found
}

// CompleteWhenFirstSeen requires that the backup never existed with a part of its content: one operation stored all
// of it, or the first operation left the final bytes.
func CompleteWhenFirstSeen() Check {
	return projectCheck("complete-when-first-seen", func(c *Case, p project) *Problem {
		backup, puts, problem := backupPuts(c, p)
		if problem != nil {
			return problem
		}
		const want = "the complete backup under its name at once"
		one, events := puts[0].Operation, append(puts, backup)
		switch complete := isComplete(c, *one, *backup.Blob, len(puts) == 1); {
		case complete && c.Visibility.IsPolled() && !c.Visibility.OverwrittenBlobs:
			return inconclusive(want, "cannot be observed: storage is polled in this run, and a content that is overwritten "+
				"between two polls leaves no trace; have the account keep versions: "+KeepVersions, events...)
		case complete:
			return nil
		case c.Visibility.IsPolled() && one.Length == backup.Blob.Length:
			return inconclusive(want, "not observed: which content was written first; each had the same length", events...)
		}
		return fail(want, fmt.Sprintf("the content changed after the first operation (%s): %d bytes, at the end %d",
			one.Name, one.Length, backup.Blob.Length), events...)
	})
}

// isComplete reports whether the first operation left the final content of the backup. The gateway knows the bytes of
// a request; a poller knows the ETag.
func isComplete(c *Case, first evidence.Operation, backup evidence.StoredBlob, only bool) bool {
	if c.Visibility.IsPolled() {
		return first.ETag == backup.ETag
	}
	return only && first.Name != "AppendBlock" && first.Name != "PutPage" || first.SHA256 == backup.SHA256
}

// backupPuts returns the backup and the operations that changed its content. The problem is that there is none of
// either.
func backupPuts(c *Case, p project) (evidence.Event, []evidence.Event, *Problem) {
	backup, problem := findBackup(c, p)
	if problem != nil {
		return backup, nil, problem
	}
	puts := writesOf(c, backup)
	if len(puts) == 0 {
		return backup, nil, inconclusive("the operation that stored "+backup.Blob.Name,
			"not observed: how the backup was stored; "+unobservedReason(c), backup)
	}
	return backup, puts, nil
}

// BackupBeforeMessage requires that the last operation that changed the backup was complete before the one that
// stored the Export message.
func BackupBeforeMessage() Check {
	return projectCheck("backup-before-message", func(c *Case, p project) *Problem {
		found, problem := observedMessages(c, Export, p)
		if problem != nil {
			return problem
		}
		backup, puts, problem := backupPuts(c, p)
		if problem != nil {
			return problem
		}
		order := ordering{
			want:    "the backup complete before the Export message is stored",
			after:   "the message was stored first",
			unknown: "order not observed: no poll falls between the backup and the message",
		}
		last := puts[len(puts)-1]
		if c.Visibility.IsPolled() && last.Operation.ETag != backup.Blob.ETag {
			return inconclusive(order.want, "not observed: when the backup got its last content", last, backup)
		}
		var problems []*Problem
		for _, m := range found {
			problems = append(problems,
				order.judge(c.completion(last.Operation), c.completion(m.put.Operation), m.put, last))
		}
		return worst(problems)
	})
}

// BackupAtModelURI requires that the content behind modelUri, read as soon as the message was stored, is the backup
// as it is at the end.
func BackupAtModelURI() Check {
	return projectCheck("backup-at-model-uri", func(c *Case, p project) *Problem {
		return withBackup(c, p, func(backup evidence.Event) *Problem {
			linked, problem := findDownload(c, "modelUri", p)
			if problem != nil {
				return problem
			}
			if linked.Download.SHA256 != backup.Blob.SHA256 {
				got := fmt.Sprintf("SHA-256 %s, %d bytes", linked.Download.SHA256, linked.Download.Length)
				return fail(fmt.Sprintf("the backup, SHA-256 %s, %d bytes", backup.Blob.SHA256, backup.Blob.Length), got,
					linked, backup)
			}
			return nil
		})
	})
}
