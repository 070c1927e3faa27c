package customvisiontest

import (
	"bytes"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"testing"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// imagesPerTag is the number of images that the service requires of each tag.
const imagesPerTag = 5

// Project creates a project that can be trained and exported, with two tags of five pictures each, and connects it to
// the queue and the container. It returns the id of the project.
func (w *World) Project(t testing.TB, name string) string {
	t.Helper()
	ctx := t.Context()
	var domains []trainingapi.Domain
	decode(t, w.calls.GetDomains(ctx), &domains)
	domain, _ := trainingapi.ChooseDomain(domains)
	var project trainingapi.Project
	decode(t, w.calls.CreateProject(ctx, client.NewProject{
		Name: name, DomainID: domain.ID, QueueURI: w.queueURI, ContainerURI: w.containerURI,
	}), &project)
	for _, tag := range []string{"apple", "pear"} {
		var created struct{ ID string }
		decode(t, w.calls.CreateTag(ctx, project.ID, tag), &created)
		var images []trainingapi.Image
		for _, picture := range Pictures(tag, imagesPerTag) {
			images = append(images, trainingapi.Image{Name: tag + ".png", Bytes: picture, TagID: created.ID})
		}
		decode(t, w.calls.CreateImagesFromFiles(ctx, project.ID, images), &struct{}{})
	}
	return project.ID
}

// Train starts a training, and returns the id of its iteration. The message about its end is TrainingCompleted or
// TrainingFailed.
func (w *World) Train(t testing.TB, project string) (iteration string) {
	t.Helper()
	var i trainingapi.Iteration
	decode(t, w.calls.TrainProject(t.Context(), project, true), &i)
	return i.ID
}

// Export starts an export of an iteration whose training has completed, to a platform such as ONNX. The message about
// its end is ExportCompleted or ExportFailed.
func (w *World) Export(t testing.TB, project, iteration, platform string) {
	t.Helper()
	decode(t, w.calls.ExportIteration(t.Context(), project, iteration, platform), &trainingapi.Export{})
}

// decode decodes the response to a call, and fails the test if it is an error.
func decode(t testing.TB, x evidence.Exchange, v any) {
	t.Helper()
	if err := trainingapi.Decode(x, v); err != nil {
		t.Fatalf("%s: %v", x.Call, err)
	}
}

// Pictures returns different PNG pictures for a tag. Other tags get other pictures.
func Pictures(tag string, n int) [][]byte {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(tag))
	hue := sum.Sum32()
	pictures := make([][]byte, n)
	for i := range pictures {
		picture := image.NewRGBA(image.Rect(0, 0, 16, 16))
		for at := range 16 * 16 {
			picture.Set(at%16, at/16, color.RGBA{R: uint8(hue), G: uint8(hue >> 8), B: uint8(at * (i + 1)), A: 255})
		}
		var data bytes.Buffer
		_ = png.Encode(&data, picture) // a buffer accepts everything
		pictures[i] = data.Bytes()
	}
	return pictures
}
