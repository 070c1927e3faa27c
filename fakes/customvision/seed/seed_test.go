package seed_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"regexp"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/seed"
)

// full is a seed file with every member.
const full = `
projects:
  - name: fruit
    description: for pies
    domain: General (compact)
    domainType: Classification
    classificationType: Multiclass
    targetExportPlatforms: [ONNX]
    queue: notifications
    container: https://account.blob.core.windows.net/backups?sig=x
    tags:
      - name: apple
        description: red
        images: pictures/apple
      - name: pear
        images: ./pictures/pear/
      - name: neither
        type: Negative
    untagged: pictures/new
    iterations:
      - name: first
        exports: [ONNX, {platform: TensorFlow, flavor: TensorFlowLite}]
      - second
  - name: small
    container: backups
    iterations: 0
  - name: counted
    tags: [{name: a, images: pictures/apple}, {name: b, images: pictures/pear}]
    iterations: 2
`

// imageFolders returns the folders in full, and others for errors.
func imageFolders(t testing.TB) fstest.MapFS {
	files := fstest.MapFS{
		"pictures/apple/.hidden": {Data: []byte("not an image")},
		"pictures/empty/.hidden": {},
		"pictures/text/a.txt":    {Data: []byte("text")},
	}
	for n, name := range []string{"apple/1", "apple/2", "apple/3", "apple/4", "apple/5",
		"pear/1", "pear/2", "pear/3", "pear/4", "pear/5", "new/1"} {
		picture := image.NewGray(image.Rect(0, 0, 4, 4))
		picture.Set(0, 0, color.Gray{Y: uint8(n)})
		var data bytes.Buffer
		require.NoError(t, png.Encode(&data, picture))
		files["pictures/"+name+".png"] = &fstest.MapFile{Data: data.Bytes()}
	}
	return files
}

func queue(name string) string     { return "http://127.0.0.1:10001/account/" + name }
func container(name string) string { return "http://127.0.0.1:10000/account/" + name }

func TestReadCreatesImages(t *testing.T) {
	const text = `projects: [{name: p, tags: [{name: a, images: 5}, {name: b, images: 7}], untagged: 2, iterations: 1}]`
	read := func() customvision.Seed {
		contents, err := seed.Read([]byte(text), fstest.MapFS{})
		require.NoError(t, err)
		require.NoError(t, contents.Check(), "all images differ, and are enough for a training")
		return contents.In(queue, container)
	}
	images := read().Projects[0].Images
	require.Len(t, images, 14)
	assert.Equal(t, "a 1.png", images[0].Name)
	assert.Equal(t, []string{"b"}, images[5].Tags)
	assert.Empty(t, images[12].Tags)
	assert.Equal(t, images, read().Projects[0].Images, "the same every time")
	_, err := seed.Read([]byte(`projects: [{name: p, tags: [{name: a, images: -1}]}]`), fstest.MapFS{})
	require.EqualError(t, err, `project "p": tag "a": images: invalid number -1 (use 0 to 1000)`)
}

func TestReadReadsEveryMember(t *testing.T) {
	files := imageFolders(t)
	contents, err := seed.Read([]byte(full), files)
	require.NoError(t, err)
	require.NoError(t, contents.Check())
	assert.Equal(t, []string{"notifications"}, contents.Queues())
	assert.Equal(t, []string{"backups"}, contents.Containers())
	read := contents.In(queue, container)
	require.Len(t, read.Projects, 3)
	fruit := read.Projects[0]
	require.Len(t, fruit.Images, 11)
	assert.Equal(
		t,
		customvision.SeedImage{Name: "pictures/pear/1.png", Data: files["pictures/pear/1.png"].Data, Tags: []string{"pear"}},
		fruit.Images[5],
	)
	assert.Equal(t, "pictures/new/1.png", fruit.Images[10].Name)
	assert.Empty(t, fruit.Images[10].Tags)
	fruit.Images = nil
	assert.Equal(t, customvision.SeedProject{
		Name: "fruit", Description: "for pies",
		Domain: "General (compact)", DomainType: "Classification", ClassificationType: "Multiclass",
		TargetExportPlatforms: []string{"ONNX"}, NotificationQueueURI: queue("notifications"),
		ExportModelContainerURI: "https://account.blob.core.windows.net/backups?sig=x",
		Tags: []customvision.SeedTag{
			{Name: "apple", Description: "red"},
			{Name: "pear"},
			{Name: "neither", Type: "Negative"},
		},
		Iterations: []customvision.SeedIteration{
			{
				Name:    "first",
				Exports: []customvision.SeedExport{{Platform: "ONNX"}, {Platform: "TensorFlow", Flavor: "TensorFlowLite"}},
			}, {Name: "second"}},
	}, fruit)
	assert.Equal(t, container("backups"), read.Projects[1].ExportModelContainerURI)
	assert.Empty(t, read.Projects[1].Iterations)
	assert.Len(t, read.Projects[2].Iterations, 2)
}

func TestReadAndCheckNameTheError(t *testing.T) {
	project := func(member string) string { return "projects: [{name: a, " + member + "}]" }
	untagged := func(folder string) string { return project("untagged: " + folder) }
	files := imageFolders(t)
	files["pictures/nested/folder/1.png"] = files["pictures/new/1.png"]
	files["pictures/strange/pipe"] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
	for document, want := range map[string]string{
		"":             "it is empty",
		"# nothing":    "it is empty",
		"projects:":    "it contains no projects",
		"projects: []": "it contains no projects",
		"projects:\n  - name: a\n---\nprojects:\n  - name: b\n": "it contains more than one document",
		"projects: [": "line 1: sequence end token",
		"projects:\n  - targetExportPlatforms: !x\n    0": "it is not valid YAML",
		"- a":                                   "line 1: sequence was used where mapping is expected",
		"projekts:\n  - name: a\n":              `line 1: unknown field "projekts"`,
		"projects:\n  - name: a\n    queu: b\n": `line 3: unknown field "queu"`,
		"projects:\n  - name: a\n    tags:\n      - nam: b\n":        `line 4: unknown field "nam"`,
		"projects:\n  - name: a\n    iterations:\n      - nam: b\n":  `line 4: unknown field "nam"`,
		"projects:\n  - iterations:\n    - exports:\n      - {a: b}": `line 4: unknown field "a"`,
		"projects:\n  - name: a\n    name: b\n":                      `line 3: mapping key "name" already defined`,
		"projects:\n  - name: [a]\n":                                 "line 2: cannot unmarshal",
		"projects:\n  - name: a\n    iterations: many\n":             "line 3: string was used where sequence is expected",

		"projects:\n  - name: a\n    iterations: -1\n": `project "a": iterations: invalid number -1 (use 0 to 20)`,
		"projects:\n  - name: a\n    iterations: 21\n": `project "a": iterations: invalid number 21 (use 0 to 20)`,

		untagged("pictures/none"):                  `project "a": untagged: open pictures/none: file does not exist`,
		untagged("../pictures"):                    `project "a": untagged: ../pictures is not below the folder of the seed file`,
		untagged("/pictures"):                      `untagged: /pictures is not below the folder of the seed file`,
		untagged("pictures/empty"):                 `project "a": untagged: pictures/empty contains no images`,
		untagged("pictures/nested"):                `pictures/nested/folder is not a file (nested folders are not read)`,
		untagged("pictures/strange"):               `pictures/strange/pipe is not a file`,
		untagged("pictures/new/1.png"):             `project "a": untagged: `,
		project("tags: [{name: b, images: none}]"): `project "a": tag "b": images: open none: file does not exist`,
	} {
		_, err := seed.Read([]byte(document), files)
		assert.ErrorContains(t, err, want, document)
	}
	for document, want := range map[string]string{
		"projects: [{description: a}]":          "project 1: the name is missing",
		project("queue: Upper"):                 `project "a": its queue has an invalid URI: its last segment is not a valid name`,
		project("container: .."):                `project "a": its container has an invalid URI`,
		project("queue: a/b"):                   `project "a": its queue has an invalid URI: it is not an absolute http or https URI`,
		untagged("pictures/text"):               `project "a": image pictures/text/a.txt: refused with status ErrorImageFormat`,
		project("iterations: 1"):                `project "a": iteration "Iteration 1": Not enough images per tag for training`,
		project("iterations: [{exports: [A]}]"): `project "a": iteration "Iteration 1": Not enough images`,
	} {
		contents, err := seed.Read([]byte(document), files)
		require.NoError(t, err, document)
		assert.ErrorContains(t, contents.Check(), want, document)
	}
}

func TestLargeImagesAreTruncated(t *testing.T) {
	files := fstest.MapFS{"a/large": {Data: make([]byte, 20<<20)}}
	contents, err := seed.Read([]byte("projects: [{name: a, untagged: a}]"), files)
	require.NoError(t, err)
	assert.Len(t, contents.In(queue, container).Projects[0].Images[0].Data, 6<<20+1)
	require.ErrorContains(t, contents.Check(), "image a/large: refused with status ErrorImageSize")
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte("projects: [{name: a, iterations: [b, {name: c, exports: [ONNX]}]}]"))
	f.Add([]byte("projects:\n  - &a {name: a}\n  - {<<: *a, untagged: pictures/text}\n"))
	files := imageFolders(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		contents, err := seed.Read(data, files)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		if contents.Check() == nil {
			require.NotEmpty(t, contents.In(queue, container).Projects)
		}
	})
}

// The seed files in the package comment and in fakes/README.md are valid.
func TestDocumentedSeedsAreValid(t *testing.T) {
	for file, example := range map[string]*regexp.Regexp{
		"seed.go":         regexp.MustCompile(`(?s)//\t(projects:\n.*?)\n//\n`),
		"../../README.md": regexp.MustCompile("(?s)```yaml\n(projects:\n.*?)```"),
	} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		found := example.FindSubmatch(text)
		require.NotNil(t, found, file)
		contents, err := seed.Read(bytes.ReplaceAll(found[1], []byte("//\t"), nil), imageFolders(t))
		require.NoError(t, err, file)
		require.NoError(t, contents.Check(), file)
		assert.Equal(t, []string{"notifications"}, contents.Queues(), file)
	}
}
