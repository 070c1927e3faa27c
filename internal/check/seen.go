package check

import (
	"fmt"

	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/check/seen"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/reading"
)

// causingAct returns the key of the act of the situation that has to cause a message of that type.
func (c *Case) causingAct(kind string, p project) string {
	switch kind {
	case Training:
		return c.lastActOf(situation.Train)
	case ConnectionTest:
		return c.actThatSet(p.queue)
	}
	return c.lastAct()
}

// describeMissingMessage describes the queue that lacks a message, and what the evidence shows instead of the message.
func describeMissingMessage(c *Case, kind string, p project) (string, []evidence.Event) {
	got, found := describeQueue(c, p.queue)
	text, events := insteadOfMessage(c, kind, p)
	return appendClause(got, text), append(found, events...)
}

func insteadOfMessage(c *Case, kind string, p project) (string, []evidence.Event) {
	act := c.history().find(c.causingAct(kind, p))
	if act == nil {
		return "", nil
	}
	m := seen.Message{Type: kind, Queue: p.queue, Project: p.id, Life: c.messageLife(kind), Since: act.began}
	if kind != ConnectionTest {
		m.Iteration = c.lastIteration(p)
	}
	if kind == Export {
		m.OtherPlatforms = c.otherPlatforms()
	}
	return seen.InsteadOfMessage(c.Events, m)
}

// otherPlatforms returns the platforms of the lineage's exports but the last one of the situation.
func (c *Case) otherPlatforms() (others []string) {
	for _, platform := range c.history().platforms() {
		if platform != c.platform() {
			others = append(others, platform)
		}
	}
	return others
}

// describeMissingMessages describes the queue that lacks every message, and what the evidence shows instead of them.
func describeMissingMessages(c *Case, p project) (string, []evidence.Event) {
	const got = "the queue is empty, there is no message to judge"
	for _, kind := range effect.MessageTypes() {
		if text, events := insteadOfMessage(c, kind, p); text != "" {
			return appendClause(got, text), events
		}
	}
	return got, nil
}

// describeMissingBackup describes the other blobs of a container that lacks a backup, and what the evidence shows
// instead of the backup.
func describeMissingBackup(c *Case, p project, own effect.Backup, others []evidence.Event) (string, []evidence.Event) {
	got := "the container is empty"
	if len(others) > 0 {
		got = fmt.Sprintf("%d other blobs, the last: %q", len(others), others[len(others)-1].Blob.Name)
	}
	if text, near := differenceOfNames(c, own, others); text != "" {
		got = appendClause("the name of a blob differs: "+text, got)
		if near.Seq != others[len(others)-1].Seq {
			got = appendClause(got, fmt.Sprintf("it is %q", near.Blob.Name))
		}
		return got, others
	}
	b := seen.Blob{
		Name:      "the backup",
		Container: p.container,
		Project:   p.id,
		Is:        func(name string) bool { return own.HasName(name, c.Readings) },
	}
	if act := c.history().find(c.lastAct()); act != nil {
		b.Since = act.began
	}
	text, events := seen.InsteadOfBlob(c.Events, b)
	return appendClause(got, text), append(others, events...)
}

// differenceOfNames returns how the name of one of these blobs differs from that of the backup, and that blob, or "".
// The backups of other exports are not meant.
func differenceOfNames(c *Case, own effect.Backup, others []evidence.Event) (string, evidence.Event) {
	name := seen.BackupName{Project: own.Project, Iteration: own.Iteration, Platform: own.Platform, Separator: " - "}
	if c.Readings[reading.BlobName] == "tight" {
		name.Separator = "-"
	}
	for _, e := range others {
		if text := name.Difference(e.Blob.Name); text != "" && !isBackupOfLineage(c, e.Blob.Name) {
			return text, e
		}
	}
	return "", evidence.Event{}
}

// isBackupOfLineage reports whether a name is that of the backup of an export of the lineage.
func isBackupOfLineage(c *Case, name string) bool {
	b, ok := effect.ParseBackup(name)
	project, iteration, platform := false, false, false
	for _, a := range c.history() {
		project = project || containsID(a.projects, b.Project)
		iteration = iteration || containsID(a.iterations, b.Iteration)
		platform = platform || a.platform == b.Platform
	}
	return ok && project && iteration && platform && b.HasName(name, c.Readings)
}

// describeMissingTestBlob describes the blobs that an act stored outside the test-permission folder, and what the
// evidence shows instead of a test blob.
func describeMissingTestBlob(c *Case, p project, stored []evidence.Event) (string, []evidence.Event) {
	if len(stored) > 0 {
		name, folder := stored[0].Operation.Object, effect.TestFolder
		if spelling := c.Readings[reading.TestFolder]; spelling != "any-case" {
			folder = spelling + "-TestPermission"
		}
		return appendClause("stored instead: "+name, seen.FolderDifference(name, folder)), stored
	}
	isTestBlob := func(name string) bool { return effect.IsTestBlob(name, c.Readings) }
	b := seen.Blob{Name: "a test blob", Container: p.container, Is: isTestBlob}
	if act := c.history().find(c.lastAct()); act != nil {
		b.Since = act.began
	}
	text, events := seen.InsteadOfBlob(c.Events, b)
	return appendClause("no blob was stored", text), events
}

func appendClause(text, clause string) string {
	if clause == "" {
		return text
	}
	return text + "; " + clause
}
