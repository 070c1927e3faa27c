package check

import (
	"fmt"
	"maps"
	"net/url"

	"github.com/cvconform/cvconform/internal/reading"
)

// ModelURIIsBackup: modelUri is the URL of the backup: the container's URI as
// it was given, and the blob's name, after decoding.
func ModelURIIsBackup() Check {
	return Check{Name: "model-uri-is-backup", Judge: func(c *Case) *Problem {
		p, m, problem := c.exportMessage()
		if problem != nil {
			return problem
		}
		blob, problem := c.backup(p)
		if problem != nil {
			return problem
		}
		link := m.text("Content", "modelUri")
		got, err := url.Parse(link)
		want, wrong := url.Parse(p.containerURI)
		if wrong != nil {
			return &Problem{Kind: Broken, Summary: "the container's URI does not parse: " + wrong.Error()}
		}
		path := want.Path + "/" + blob.Blob.Name
		if err != nil || got.Scheme != want.Scheme || got.Host != want.Host || got.Path != path {
			return fail(
				fmt.Sprintf("modelUri = %s://%s%s (decoded)", want.Scheme, want.Host, path),
				"modelUri = "+quoted(link),
				m.event,
				blob,
			)
		}
		return nil
	}}
}

func quoted(link string) string {
	if link == "" {
		return "absent, null or no string"
	}
	return link
}

// exportMessage is the message of the situation's last export.
func (c *Case) exportMessage() (project, message, *Problem) {
	p, problem := c.singleProject()
	if problem != nil {
		return p, message{}, problem
	}
	if problem := c.requireMessage(Export, p); problem != nil {
		return p, message{}, problem
	}
	return p, c.relevantTo(Export, p)[0], nil
}

// ModelURIIsSAS: modelUri carries a signature and an expiry (or a stored policy
// that has it), and gives the exported model to whoever has the link.
func ModelURIIsSAS() Check {
	return Check{Name: "model-uri-is-sas", Judge: func(c *Case) *Problem {
		p, m, problem := c.exportMessage()
		if problem != nil {
			return problem
		}
		link := m.text("Content", "modelUri")
		u, err := url.Parse(link)
		if err != nil || u.Host == "" {
			return fail("modelUri is a URL", "modelUri = "+quoted(link), m.event)
		}
		q := u.Query()
		if c.Readings[reading.ModelURIWithoutContainer] == "sas" && (!q.Has("sig") || !q.Has("se") && !q.Has("si")) {
			return fail("modelUri with sig, and se or si, in its query", "modelUri = "+link, m.event)
		}
		return c.sameModel(p, m)
	}}
}

// sameModel holds what modelUri gave against what downloadUri gave.
func (c *Case) sameModel(p project, m message) *Problem {
	linked, problem := c.download("modelUri", p)
	if problem != nil {
		return problem
	}
	model, problem := c.download("downloadUri", p)
	if problem != nil {
		return problem
	}
	l, d := linked.Download, model.Download
	if l.Via != "plain" {
		return fail(
			"a link that needs no credential",
			"modelUri leads into the account of the run without a signature",
			m.event,
			linked,
		)
	}
	if l.SHA256 != d.SHA256 && (len(l.Entries) == 0 || !maps.Equal(l.Entries, d.Entries)) {
		return fail("the exported model behind modelUri, SHA-256 "+d.SHA256, "SHA-256 "+l.SHA256, linked, model)
	}
	return nil
}

// BackupBeforeMessage: the last operation that changed the backup was over
// before the Export message was.
func BackupBeforeMessage() Check {
	return Check{Name: "backup-before-message", Judge: func(c *Case) *Problem {
		found, problem := c.messagesWithPutTime(Export)
		if problem != nil {
			return problem
		}
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
		last := commits[len(commits)-1]
		if c.Visibility.IsPolled() {
			return c.listedBefore(blob, last, found)
		}
		for _, m := range found {
			if last.Operation.Ended.After(m.stored.Operation.Ended) {
				return fail(
					"the backup complete before the Export message is stored",
					"the message was stored first",
					m.stored,
					last,
				)
			}
		}
		return nil
	}}
}

// BackupAtModelURI: what modelUri led to, as soon as the message was stored, is
// the backup as it is at the end.
func BackupAtModelURI() Check {
	return Check{Name: "backup-at-model-uri", Judge: func(c *Case) *Problem {
		p, problem := c.singleProject()
		if problem != nil {
			return problem
		}
		blob, problem := c.backup(p)
		if problem != nil {
			return problem
		}
		linked, problem := c.download("modelUri", p)
		if problem != nil {
			return problem
		}
		if linked.Download.SHA256 != blob.Blob.SHA256 {
			return fail("the backup, SHA-256 "+blob.Blob.SHA256, "SHA-256 "+linked.Download.SHA256, linked, blob)
		}
		return nil
	}}
}
