package seed

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/goccy/go-yaml"
)

// file is the document in a seed file.
type file struct {
	Projects []project `yaml:"projects"`
}

type project struct {
	Name                  string     `yaml:"name"`
	Description           string     `yaml:"description"`
	Domain                string     `yaml:"domain"`
	DomainType            string     `yaml:"domainType"`
	ClassificationType    string     `yaml:"classificationType"`
	TargetExportPlatforms []string   `yaml:"targetExportPlatforms"`
	Queue                 string     `yaml:"queue"`
	Container             string     `yaml:"container"`
	Tags                  []tag      `yaml:"tags"`
	Untagged              images     `yaml:"untagged"`
	Iterations            iterations `yaml:"iterations"`
}

type tag struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
	Type        string `yaml:"type"`
	Images      images `yaml:"images"`
}

// images is a folder of image files, or the number of images to create.
type images struct {
	folder string
	count  int
}

// UnmarshalYAML implements yaml.InterfaceUnmarshaler for a number or a folder.
func (i *images) UnmarshalYAML(unmarshal func(any) error) error {
	if unmarshal(&i.count) == nil {
		return nil
	}
	return unmarshal(&i.folder)
}

// iterations is a list of iterations, or their number.
type iterations struct {
	list  []iteration
	count int
}

// iteration is the name of an iteration, or a mapping with the name and the exports.
type iteration struct {
	Name    string   `yaml:"name"`
	Exports []export `yaml:"exports"`
}

// export is the platform of an export, or a mapping with the platform and the flavor.
type export struct {
	Platform string `yaml:"platform"`
	Flavor   string `yaml:"flavor"`
}

// UnmarshalYAML implements yaml.InterfaceUnmarshaler for a number or a list.
func (i *iterations) UnmarshalYAML(unmarshal func(any) error) error {
	if unmarshal(&i.count) == nil {
		return nil
	}
	return unmarshal(&i.list)
}

// UnmarshalYAML implements yaml.InterfaceUnmarshaler for a name or a mapping.
func (i *iteration) UnmarshalYAML(unmarshal func(any) error) error {
	if unmarshal(&i.Name) == nil {
		return nil
	}
	type members iteration
	return unmarshal((*members)(i))
}

// UnmarshalYAML implements yaml.InterfaceUnmarshaler for a platform or a mapping.
func (e *export) UnmarshalYAML(unmarshal func(any) error) error {
	if unmarshal(&e.Platform) == nil {
		return nil
	}
	type members export
	return unmarshal((*members)(e))
}

// parse parses a seed file. The error names the line. The YAML library panics on some invalid files, for example on a
// tag (!name) without a value.
func parse(data []byte) (f file, err error) {
	defer func() {
		if recover() != nil {
			f, err = file{}, errors.New("it is not valid YAML")
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict())
	if err := decoder.Decode(&f); err != nil {
		return file{}, withLine(err)
	}
	if err := decoder.Decode(&file{}); !errors.Is(err, io.EOF) {
		return file{}, errors.New("it contains more than one document")
	}
	if len(f.Projects) == 0 {
		return file{}, errors.New("it contains no projects")
	}
	return f, nil
}

// withLine returns the error of a decoder with the number of the line, without its text.
func withLine(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("it is empty")
	}
	if unknown, ok := errors.AsType[*yaml.UnknownFieldError](err); ok {
		return fmt.Errorf("line %d: %s", unknown.Token.Position.Line, unknown.Message)
	}
	if problem, ok := errors.AsType[yaml.Error](err); ok && problem.GetToken() != nil {
		return fmt.Errorf("line %d: %s", problem.GetToken().Position.Line, problem.GetMessage())
	}
	return err
}
