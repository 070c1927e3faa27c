package seen

import (
	"fmt"
	"regexp"
	"strings"
)

// A BackupName holds the parts of the name of a backup.
type BackupName struct {
	Project, Iteration, Platform string
	Separator                    string // " - " or "-"
}

// nearlyBackup matches a name with two ids: the folder, the ids, the text between them and the rest.
var nearlyBackup = regexp.MustCompile(
	`(?is)^(.*?)(\{?)(` + idPattern + `)(\}?)([^0-9a-f{]*(?:%20)?[^0-9a-f{]*(?:%20)?)` +
		`(\{?)(` + idPattern + `)(\}?)(.*)$`,
)

const idPattern = `[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}`

// Difference returns how a name differs from that of the backup, or "" if it is not similar to it.
func (b BackupName) Difference(name string) string {
	parts := nearlyBackup.FindStringSubmatch(name)
	if parts == nil {
		return b.incomplete(name)
	}
	before, first, between, second, rest := parts[1], parts[3], parts[5], parts[7], parts[9]
	ids := b.differenceOfIDs(first, second)
	if ids == otherIDs {
		return ""
	}
	var all []string
	for _, d := range []string{
		differenceBefore(before), ids, differenceOfBraces(parts[2] + parts[4] + parts[6] + parts[8]),
		b.differenceBetween(between), b.differenceOfExtension(rest),
	} {
		if d != "" {
			all = append(all, d)
		}
	}
	return strings.Join(all, "; ")
}

// incomplete explains a name that has one of the ids only.
func (b BackupName) incomplete(name string) string {
	lower := strings.ToLower(name)
	project := strings.Contains(lower, strings.ToLower(b.Project))
	iteration := b.Iteration != "" && strings.Contains(lower, strings.ToLower(b.Iteration))
	switch {
	case strings.Contains(name, "{projectId}"), strings.Contains(name, "{iterationId}"):
		return "the placeholders of the pattern are not replaced"
	case project && !iteration:
		return "it lacks the id of the iteration"
	case iteration && !project:
		return "it lacks the id of the project"
	}
	return ""
}

// otherIDs is the difference of a name with the ids of another backup.
const otherIDs = "other ids"

func (b BackupName) differenceOfIDs(first, second string) string {
	project, iteration := compactID(b.Project), compactID(b.Iteration)
	one, two := compactID(first), compactID(second)
	switch {
	case one == iteration && two == project:
		return "the ids of project and iteration are swapped"
	case one == project && two == project:
		return "it has the id of the project twice"
	case one == iteration && two == iteration:
		return "it has the id of the iteration twice"
	case one == project && two != iteration:
		return fmt.Sprintf("it has the id of another iteration, %s", second)
	case one != project && two == iteration:
		return fmt.Sprintf("it has the id of another project, %s", first)
	case one != project:
		return otherIDs
	case !strings.Contains(first, "-") || !strings.Contains(second, "-"):
		return "its ids have no hyphens"
	case first != strings.ToLower(first) || second != strings.ToLower(second):
		return "its ids are in upper case"
	}
	return ""
}

func compactID(id string) string { return strings.ToLower(strings.ReplaceAll(id, "-", "")) }

func differenceBefore(text string) string {
	switch {
	case text == "":
		return ""
	case strings.HasSuffix(text, "/"):
		return fmt.Sprintf("it is in the folder %q", text)
	}
	return fmt.Sprintf("it begins with %q", text)
}

func differenceOfBraces(text string) string {
	if text == "" {
		return ""
	}
	return "its ids are in braces"
}

func (b BackupName) differenceBetween(text string) string {
	want := b.Separator
	switch {
	case text == want:
		return ""
	case text == strings.ReplaceAll(want, " ", "%20"):
		return "it has %20 in place of each space (it was percent-encoded twice)"
	case text == strings.ReplaceAll(want, " ", "+"):
		return "it has + in place of each space"
	case text == strings.TrimSpace(want):
		return "there are no spaces around the hyphen between its ids"
	case strings.TrimSpace(text) == want:
		return "there are spaces around the hyphen between its ids"
	}
	return fmt.Sprintf("it has %q between its ids, must have %q", text, want)
}

func (b BackupName) differenceOfExtension(rest string) string {
	want := "." + b.Platform
	switch {
	case rest == want:
		return ""
	case rest == "":
		return fmt.Sprintf("the extension %q is missing", want)
	case strings.EqualFold(rest, want):
		return fmt.Sprintf("its extension is %q, must be %q", rest, want)
	case strings.HasPrefix(rest, want):
		return fmt.Sprintf("it goes on after %q with %q", want, strings.TrimPrefix(rest, want))
	}
	return fmt.Sprintf("it ends with %q, must end with %q", rest, want)
}

// FolderDifference returns how the name of a blob differs from that of a blob in a folder, or "" if it is not similar.
func FolderDifference(name, folder string) string {
	got, rest, nested := strings.Cut(name, "/")
	switch {
	case strings.EqualFold(strings.TrimSuffix(name, "/"), folder):
		return "it is a placeholder of the folder, not a blob in it"
	case nested && got == folder && rest != "":
		return ""
	case nested && compactName(got) == compactName(folder):
		return fmt.Sprintf("its folder is %q, must be %q", got, folder)
	case strings.HasPrefix(strings.ToLower(name), strings.ToLower(folder+"%2f")):
		return "the slash after the folder is percent-encoded twice (%2F)"
	case strings.HasPrefix(strings.ToLower(name), strings.ToLower(folder)) && !nested:
		return "there is no slash after the name of the folder"
	case nested && strings.Contains(strings.ToLower(rest), strings.ToLower(folder)+"/"):
		return fmt.Sprintf("the folder is inside another one, %q", got)
	}
	return ""
}

// compactName returns the letters and digits of a name in lower case.
func compactName(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_ .+", r) {
			return -1
		}
		return r
	}, strings.ToLower(s))
}
