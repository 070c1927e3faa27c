package cli

import (
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"mvdan.cc/sh/v3/syntax"

	"github.com/cvconform/cvconform/features"
)

// pages returns the Markdown pages of the module by their paths from its root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range []string{"*.md", ".github/*.md", "*/*.md", "cmd/*/*.md"} {
		names, err := filepath.Glob(filepath.Join("../..", pattern))
		require.NoError(t, err)
		for _, name := range names {
			content, err := os.ReadFile(name)
			require.NoError(t, err)
			path, err := filepath.Rel("../..", name)
			require.NoError(t, err)
			found[filepath.ToSlash(path)] = string(content)
		}
	}
	for _, name := range []string{"README.md", "cmd/cvconform/README.md", "fakes/README.md", "features/README.md",
		"steps/README.md", ".github/CONTRIBUTING.md"} {
		require.Contains(t, found, name)
	}
	return found
}

// blocks returns the contents of the code blocks of a page in that language.
func blocks(page, language string) []string {
	var found []string
	for _, match := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(page, -1) {
		found = append(found, match[1])
	}
	return found
}

// commandSpans returns the inline code of a page that is a complete command of cvconform or make.
func commandSpans(page string) []string {
	var found []string
	span := regexp.MustCompile("`((?:go run \\./cmd/cvconform|cvconform|make) [^`]+)`")
	for _, match := range span.FindAllStringSubmatch(page, -1) {
		found = append(found, strings.ReplaceAll(match[1], "\n", " "))
	}
	return found
}

// A shellCommand is one simple command of a script, with its assignments.
type shellCommand struct {
	assigned []string // names of variables
	words    []string // without quotes; an expansion is replaced by "x"
}

func shellCommands(t *testing.T, script string) []shellCommand {
	t.Helper()
	file, err := syntax.NewParser().Parse(strings.NewReader(script), "")
	require.NoError(t, err, script)
	var found []shellCommand
	syntax.Walk(file, func(node syntax.Node) bool {
		var assigns []*syntax.Assign
		command := shellCommand{}
		switch n := node.(type) {
		case *syntax.CallExpr:
			assigns = n.Assigns
			for _, w := range n.Args {
				command.words = append(command.words, wordText(w.Parts))
			}
		case *syntax.DeclClause: // export
			assigns = n.Args
		default:
			return true
		}
		for _, a := range assigns {
			command.assigned = append(command.assigned, a.Name.Value)
		}
		found = append(found, command)
		return true
	})
	return found
}

func wordText(parts []syntax.WordPart) string {
	var b strings.Builder
	for _, part := range parts {
		switch p := part.(type) {
		case *syntax.Lit:
			b.WriteString(p.Value)
		case *syntax.SglQuoted:
			b.WriteString(p.Value)
		case *syntax.DblQuoted:
			b.WriteString(wordText(p.Parts))
		default:
			b.WriteString("x")
		}
	}
	return b.String()
}

// arguments returns the arguments of a command of cvconform, and whether it is one.
func (c shellCommand) arguments() ([]string, bool) {
	if len(c.words) > 0 && c.words[0] == "cvconform" {
		return c.words[1:], true
	}
	if len(c.words) > 2 && strings.Join(c.words[:3], " ") == "go run ./cmd/cvconform" {
		return c.words[3:], true
	}
	return nil, false
}

func TestCommandsInDocumentationParse(t *testing.T) {
	targets := makeTargets(t)
	count := 0
	for name, page := range pages(t) {
		for _, script := range append(blocks(page, "sh"), commandSpans(page)...) {
			for _, command := range shellCommands(t, script) {
				for _, variable := range command.assigned {
					checkVariable(t, name, variable)
				}
				if arguments, ok := command.arguments(); ok {
					assert.NoError(t, parseArguments(arguments), "%s: cvconform %q", name, arguments)
					count++
				}
				if len(command.words) > 1 && command.words[0] == "make" {
					assert.Contains(t, targets, command.words[1], name)
					count++
				}
			}
		}
	}
	assert.Greater(t, count, 60)
}

// parseArguments finds the command, parses its flags and checks the number of its arguments, without running it.
func parseArguments(arguments []string) error {
	root := newRoot(Runtime{Env: func(string) string { return "" }})
	root.InitDefaultCompletionCmd(arguments...)
	command, rest, err := root.Find(arguments)
	if err != nil {
		return err
	}
	if err := command.ParseFlags(rest); err != nil {
		return err
	}
	return command.ValidateArgs(command.Flags().Args())
}

// checkVariable checks that a variable of cvconform is that of a flag, or the training key.
func checkVariable(t *testing.T, page, variable string) {
	t.Helper()
	name, ours := strings.CutPrefix(variable, "CVCONFORM_")
	if !ours || name == "TRAINING_KEY" {
		return
	}
	flag := strings.ReplaceAll(strings.ToLower(name), "_", "-")
	command, _, err := newRoot(Runtime{Env: func(string) string { return "" }}).Find([]string{"run"})
	require.NoError(t, err)
	assert.NotNil(t, command.Flags().Lookup(flag), "%s: %s is not the variable of a flag", page, variable)
}

func makeTargets(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile("../../Makefile")
	require.NoError(t, err)
	var targets []string
	for _, match := range regexp.MustCompile(`(?m)^([a-z-]+):.*## `).FindAllStringSubmatch(string(content), -1) {
		targets = append(targets, match[1])
	}
	return targets
}

func TestGoInDocumentationIsFormatted(t *testing.T) {
	for name, page := range pages(t) {
		for _, block := range blocks(page, "go") {
			formatted, err := format.Source([]byte(block))
			assert.NoError(t, err, "%s: %s", name, block)
			assert.Equal(t, block, string(formatted), name)
		}
	}
}

// cmd/cvconform/README.md has every command, flag and exit code.
func TestCommandLineIsDocumented(t *testing.T) {
	page := pages(t)["cmd/cvconform/README.md"]
	root := newRoot(Runtime{Env: func(string) string { return "" }})
	for _, command := range root.Commands() {
		assert.Contains(t, page, "`"+command.Name()+"`", "the command")
		command.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Hidden || f.Name == "help" {
				return
			}
			mentioned := regexp.MustCompile("--" + regexp.QuoteMeta(f.Name) + "[^a-z-]").MatchString(page)
			assert.True(t, mentioned, "flag --%s of %s", f.Name, command.Name())
		})
	}
	for _, code := range []string{"0", "1", "2", "3", "4", "5", "130"} {
		assert.Contains(t, page, "\n| "+code+" | ", "the exit code")
	}
}

// The links between the pages, and from the pages to files, work.
func TestLinksInDocumentationWork(t *testing.T) {
	all := pages(t)
	link := regexp.MustCompile(`\]\(([^)#]*)(#[^)]*)?\)`)
	for name, page := range all {
		for _, match := range link.FindAllStringSubmatch(page, -1) {
			target, anchor := match[1], strings.TrimPrefix(match[2], "#")
			if strings.Contains(target, "://") {
				continue
			}
			path := name
			if target != "" {
				path = filepath.ToSlash(filepath.Join(filepath.Dir(name), target))
				_, err := os.Stat(filepath.Join("../..", path))
				assert.NoError(t, err, "%s links to %s", name, target)
			}
			if anchor != "" && strings.HasSuffix(path, ".md") {
				assert.Contains(t, anchors(all[path]), anchor, "%s links to %s#%s", name, path, anchor)
			}
		}
	}
}

// anchors returns the anchors of the headings of a page, as GitHub makes them.
func anchors(page string) []string {
	var found []string
	for _, match := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		plain := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(match[1]), "")
		found = append(found, strings.ReplaceAll(plain, " ", "-"))
	}
	return found
}

// The output of a run in the README has the requirements of the catalogue.
func TestOutputInReadmeIsCurrent(t *testing.T) {
	c, err := features.Load()
	require.NoError(t, err)
	page := pages(t)["README.md"]
	lines := regexp.MustCompile(`(?m)(CVSI-[A-Z]+-\d+) \((must|should)\) failed: (.*)$`).FindAllStringSubmatch(page, -1)
	require.NotEmpty(t, lines)
	for _, line := range lines {
		r, ok := c.Find(line[1])
		require.True(t, ok, line[0])
		assert.Equal(t, []string{string(r.Level), r.Title}, line[2:], line[1])
	}
	musts := c.Count(features.Must)
	assert.Contains(t, page, fmt.Sprintf("%d of %d musts judged", musts, musts))
	assert.Contains(t, page, fmt.Sprintf("%d requirements: ", len(c.Requirements)))
}

func TestReadmeIsShort(t *testing.T) {
	assert.LessOrEqual(t, strings.Count(pages(t)["README.md"], "\n"), 130)
}
