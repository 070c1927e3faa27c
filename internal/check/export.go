package check

import (
	"fmt"
	"net/url"

	"github.com/cvconform/cvconform/internal/check/seen"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/reading"
)

// exportCheck returns a check of the first message of the situation's last export.
func exportCheck(name string, judge func(*Case, project, message) *Problem) Check {
	return projectCheck(name, func(c *Case, p project) *Problem {
		present := requireMessage(c, Export, p)
		if present != nil && present.Kind != Inconclusive {
			return present
		}
		return first(judge(c, p, c.relevantMessages(Export, p)[0]), present)
	})
}

// ModelURIIsBackup requires that modelUri is the URL of the backup: the container's URI as it was given, and the
// blob's name, after decoding.
func ModelURIIsBackup() Check {
	return exportCheck("model-uri-is-backup", func(c *Case, p project, m message) *Problem {
		return withBackup(c, p, func(backup evidence.Event) *Problem { return backupLinkProblem(p, m, backup) })
	})
}

func backupLinkProblem(p project, m message, backup evidence.Event) *Problem {
	want, err := url.Parse(p.containerURI)
	if err != nil {
		return broken("the container's URI does not parse: " + err.Error())
	}
	path := want.Path + "/" + backup.Blob.Name
	link := m.Text("Content", "modelUri")
	got, err := url.Parse(link)
	if err != nil || got.Scheme != want.Scheme || got.Host != want.Host || got.Path != path {
		return fail(fmt.Sprintf("modelUri = %s://%s%s (decoded)", want.Scheme, want.Host, path),
			appendClause("modelUri = "+describeLink(link), seen.LinkDifference(want, backup.Blob.Name, link)), m.event, backup)
	}
	return nil
}

func describeLink(link string) string {
	if link == "" {
		return "absent, null or no string"
	}
	return link
}

// ModelURIIsSAS requires that modelUri has a signature, and a stored policy or an expiry in the future, and that the
// exported model can be read with nothing else.
func ModelURIIsSAS() Check {
	return exportCheck("model-uri-is-sas", func(c *Case, p project, m message) *Problem {
		link := m.Text("Content", "modelUri")
		u, err := url.Parse(link)
		if err != nil || u.Host == "" {
			return fail("modelUri is a URL", "modelUri = "+describeLink(link), m.event)
		}
		q := u.Query()
		switch isSAS := c.Readings[reading.ModelURIWithoutContainer] == "sas"; {
		case isSAS && (!q.Has("sig") || !q.Has("se") && !q.Has("si")):
			return fail("modelUri with sig, and se or si, in its query", "modelUri = "+link, m.event)
		case isSAS && !q.Has("si"):
			return first(expiryProblem(c, m, q.Get("se")), sameModel(c, p, m))
		}
		return sameModel(c, p, m)
	})
}

// sameModel compares the content behind modelUri with that behind downloadUri.
func sameModel(c *Case, p project, m message) *Problem {
	linked, problem := findDownload(c, "modelUri", p)
	if problem != nil {
		return problem
	}
	model, problem := findDownload(c, "downloadUri", p)
	if problem != nil {
		return problem
	}
	l, d := linked.Download, model.Download
	if l.Via != "plain" {
		return fail("a link that needs no credential",
			"modelUri leads into the account of the run without a signature", m.event, linked)
	}
	if l.SHA256 != d.SHA256 && !sameArchive(l.Entries, d.Entries) {
		return fail("the exported model behind modelUri, SHA-256 "+d.SHA256,
			appendClause("SHA-256 "+l.SHA256, describeFormats(l.Format, d.Format)), linked, model)
	}
	return nil
}
