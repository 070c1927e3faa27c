package defect

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"strings"
)

func backupDefects() []Defect {
	return append(
		append(backupNameDefects(), backupContentDefects()...),
		append(backupScopeDefects(), withoutContainerDefects()...)...)
}

func backupNameDefects() []Defect {
	named := func(name, sentence string, f func(string) string) Defect {
		return newDefect(name, sentence, catches{backup01: `other blobs, the last: "`}, renaming(f))
	}
	return []Defect{
		newDefect("no-backup", "No backup is stored.",
			catches{backup01: "the container is empty", backup02: "the container is empty",
				backup03: "the container is empty", backup04: "the container is empty",
				backup05: "the container is empty", export07: "the container is empty"}, losing(blob.backup)),
		newDefect("backup-late", "The backup is stored long after the export.",
			catches{backup01: "the container is empty"}, func(s *service) {
				storing(func(b blob, put func(blob) error) error {
					if !b.backup() {
						return put(b)
					}
					s.later(afterEveryWait, func() { _ = put(b) })
					return nil
				})(s)
			}),
		newDefect("backup-in-another-container", "The backup is stored in the container of another project.",
			catches{backup01: `.CoreML" in container`}, keeping(func(l *projectLog) []change {
				return []change{storing(func(b blob, put func(blob) error) error {
					if b.backup() {
						b.container = l.another(b.container)
					}
					if b.container == "" {
						return nil
					}
					return put(b)
				})}
			})).nextTo(backup05),
		named("backup-tight", "The backup's name has no spaces around the hyphen.",
			func(name string) string { return strings.Replace(name, " - ", "-", 1) }),
		named("backup-zip", "The backup's name ends in .zip.", func(name string) string { return name + ".zip" }),
		named("backup-no-platform", "The backup's name does not contain the platform.",
			func(name string) string { return name[:strings.LastIndex(name, ".")] }),
		named("backup-small-platform", "The backup's name contains the platform in lower case.", strings.ToLower),
		named("backup-swapped", "The backup's name contains the two ids in the wrong order.", func(name string) string {
			iteration, platform, _ := strings.Cut(name[39:], ".")
			return iteration + " - " + name[:36] + "." + platform
		}),
		named("backup-folder", "The backup is stored in a folder.", func(name string) string { return "backups/" + name }),
		named("backup-encoded", "The backup's name is percent-encoded.",
			func(name string) string { return strings.ReplaceAll(name, " ", "%20") }),
		named("backup-another-project", "The backup's name contains the id of another project.",
			func(name string) string { return unknownID + name[36:] }),
	}
}

func backupContentDefects() []Defect {
	data := func(f func([]byte) []byte) change {
		return copying(func(b blob) blob { b.data = f(b.data); return b })
	}
	return []Defect{
		newDefect("backup-empty", "The backup is empty.",
			catches{backup02: "0 bytes", backup03: "0 bytes"}, data(func([]byte) []byte { return nil })),
		newDefect("backup-truncated", "The backup is truncated.",
			catches{backup02: "bytes of downloadUri", backup03: "bytes of downloadUri"},
			data(func(all []byte) []byte { return all[:len(all)/2] })),
		newDefect("backup-another-model", "The backup contains another model.",
			catches{backup02: "bytes of downloadUri"},
			data(func(all []byte) []byte { return repacked(all, func(b []byte) []byte { return append(b, '!') }) })),
		newDefect("backup-repacked", "The backup contains the same files in another archive.",
			catches{backup03: "bytes of downloadUri"},
			data(func(all []byte) []byte { return repacked(all, func(b []byte) []byte { return b }) })),
		newDefect("backup-in-two-steps", "The backup is written twice: empty, then complete.",
			catches{backup03: "the content changed after the first operation"}, storing(func(b blob, put func(blob) error) error {
				if b.backup() {
					_ = put(blob{container: b.container, name: b.name})
				}
				return put(b)
			})),
		newDefect("model-gone", "The download URI of the export responds with 404.",
			catches{backup02: "status 404", backup03: "status 404"}, refusing(getModel, 404, always)),
		newDefect("model-empty", "The download URI of the export returns an empty file.",
			catches{backup02: "0 bytes"}, onResponse(getModel, func(_ *http.Request, a *answer) { a.body = nil })),
		newDefect("model-unlinked", "The export has no download URI.",
			catches{backup02: "the service gave out none"}, unlinking(func(string) bool { return true })),
	}
}

// repacked is a zip archive of changed files, uncompressed; nil where the data
// is no archive.
func repacked(data []byte, change func([]byte) []byte) []byte {
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil
	}
	var buffer bytes.Buffer
	out := zip.NewWriter(&buffer)
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			return nil
		}
		content, _ := io.ReadAll(r)
		w, _ := out.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Store})
		_, _ = w.Write(change(content)) // a buffer takes everything
	}
	_ = out.Close()
	return buffer.Bytes()
}

// unlinking hides the links of the exports of some projects, by id.
func unlinking(where func(project string) bool) change {
	return onResponse(getExports, func(r *http.Request, a *answer) {
		if where(projectOf(r)) {
			a.body = changed(a.body, func(e map[string]any) { e["downloadUri"] = nil })
		}
	})
}

func backupScopeDefects() []Defect {
	onnx := func(b blob) bool { return strings.HasSuffix(b.name, ".ONNX") }
	return []Defect{
		newDefect("platform-not-backed-up", "Exports for ONNX store no backup.",
			catches{backup04: "the container holds the backup"}, losing(onnx)),
		newDefect("platform-refused", "ExportIteration rejects the platform VAIDK.",
			catches{backup04: "ExportIteration answered 400"},
			refusing(exportIteration, 400, func(r *http.Request) bool { return r.URL.Query().Get("platform") == "VAIDK" })),
		newDefect("one-backup-for-all", "The backups for all platforms contain the model of the first.",
			catches{backup04: "bytes of downloadUri"}, func(s *service) {
				var made memo[[]byte]
				copying(func(b blob) blob { b.data = made.first(b.project(), b.data); return b })(s)
			}),
		newDefect("backup-needs-queue", "A project without a queue stores no backup.",
			catches{backup05: "the container is empty"}, keeping(func(l *projectLog) []change {
				return []change{losing(func(b blob) bool {
					_, last, _ := l.of(b.project())
					return b.backup() && last.Queue == ""
				})}
			})),
		newDefect("backups-share-name", "Backups of projects that share a container have the same name.",
			catches{backup06: "the container holds the backup of each project"}, func(s *service) {
				var names memo[string]
				copying(func(b blob) blob { b.name = names.first(b.container, b.name); return b })(s)
			}),
		newDefect("backups-share-model", "Backups of projects that share a container contain the same model.",
			catches{backup06: "bytes of downloadUri"}, func(s *service) {
				var models memo[[]byte]
				copying(func(b blob) blob { b.data = models.first(b.container, b.data); return b })(s)
			}),
	}
}

// withoutContainerDefects concern exports of projects without a container.
func withoutContainerDefects() []Defect {
	unlinked := func(queue bool) change {
		return keeping(func(l *projectLog) []change {
			return []change{unlinking(func(project string) bool {
				_, last, _ := l.of(project)
				return last.Container == "" && (last.Queue != "") == queue
			})}
		})
	}
	return []Defect{
		newDefect("export-needs-queue", "ExportIteration rejects a project without a queue.",
			catches{backup07: "ExportIteration answered 400"}, needsQueue(exportIteration)),
		newDefect("export-needs-integration", "The exports of a project without storage URIs have no download URI.",
			catches{backup07: "the service gave out none"}, unlinked(false)),
		newDefect("export-needs-container", "The exports of a project with a queue only have no download URI.",
			catches{backup07: "the service gave out none"}, unlinked(true)),
		writeToOtherProject("backup-astray",
			"A project without storage URIs stores its backup in the container of another project.",
			catches{backup07: "PutBlob to blob"}, exportIteration,
			func(l *projectLog, latest uris, project string) { l.put(latest.Container, project+" - x.CoreML") }),
		newDefect("queue-alone-backup-astray",
			"A project with a queue only stores its backup in the container of another project.",
			catches{backup07: "PutBlob to blob"}, keeping(func(l *projectLog) []change {
				return []change{onResponse(exportIteration, func(r *http.Request, _ *answer) {
					if _, last, latest := l.of(projectOf(r)); last.Container == "" && last.Queue != "" {
						l.put(latest.Container, projectOf(r)+" - x.CoreML")
					}
				})}
			})).after(connect05),
	}
}
