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
	const one = "CVSI-BACKUP-01"
	named := func(name, sentence string, f func(string) string) Defect {
		return newDefect(name, sentence, catches{one: `other blobs, the last: "`}, renaming(f))
	}
	return []Defect{
		newDefect(
			"no-backup",
			"No backup is stored.",
			catches{one: "the container is empty", "CVSI-BACKUP-02": "the container is empty",
				"CVSI-BACKUP-03": "the container is empty", "CVSI-BACKUP-04": "the container is empty", "CVSI-BACKUP-05": "the container is empty",
				"CVSI-EXPORT-07": "the container is empty"},
			losing(blob.backup),
		),
		newDefect(
			"backup-late",
			"The backup is stored long after the export is over.",
			catches{one: "the container is empty"},
			func(s *service) {
				storing(func(b blob, put func(blob) error) error {
					if !b.backup() {
						return put(b)
					}
					s.later(afterEveryWait, func() { _ = put(b) })
					return nil
				})(s)
			},
		),
		newDefect(
			"backup-in-another-container",
			"The backup goes to the container of another project.",
			catches{one: `.CoreML" in container`},
			keeping(func(l *projectLog) []change {
				return []change{storing(func(b blob, put func(blob) error) error {
					if b.backup() {
						b.container = l.another(b.container)
					}
					if b.container == "" {
						return nil
					}
					return put(b)
				})}
			}),
		).nextTo("CVSI-BACKUP-05"),
		named(
			"backup-tight",
			"The name of the backup has no spaces.",
			func(name string) string { return strings.Replace(name, " - ", "-", 1) },
		),
		named("backup-zip", "The name of the backup ends in .zip.", func(name string) string { return name + ".zip" }),
		named(
			"backup-no-platform",
			"The name of the backup has no platform.",
			func(name string) string { return name[:strings.LastIndex(name, ".")] },
		),
		named("backup-small-platform", "The name of the backup spells the platform small.", strings.ToLower),
		named("backup-swapped", "The ids in the name of the backup are swapped.", func(name string) string {
			iteration, platform, _ := strings.Cut(name[39:], ".")
			return iteration + " - " + name[:36] + "." + platform
		}),
		named("backup-folder", "The backup lies in a folder.", func(name string) string { return "backups/" + name }),
		named(
			"backup-encoded",
			"The name of the backup is percent-encoded.",
			func(name string) string { return strings.ReplaceAll(name, " ", "%20") },
		),
		named(
			"backup-another-project",
			"The name of the backup is that of another project.",
			func(name string) string { return unknownID + name[36:] },
		),
	}
}

func backupContentDefects() []Defect {
	const two, three = "CVSI-BACKUP-02", "CVSI-BACKUP-03"
	data := func(f func([]byte) []byte) change {
		return copying(func(b blob) blob { b.data = f(b.data); return b })
	}
	return []Defect{
		newDefect(
			"backup-empty",
			"The backup is empty.",
			catches{two: "0 bytes", three: "0 bytes"},
			data(func([]byte) []byte { return nil }),
		),
		newDefect(
			"backup-truncated",
			"The backup is cut short.",
			catches{two: "bytes of downloadUri", three: "bytes of downloadUri"},
			data(func(all []byte) []byte { return all[:len(all)/2] }),
		),
		newDefect("backup-another-model", "The backup holds another model.", catches{two: "bytes of downloadUri"},
			data(func(all []byte) []byte { return repacked(all, func(b []byte) []byte { return append(b, '!') }) })),
		newDefect(
			"backup-repacked",
			"The backup holds the same files in another archive.",
			catches{three: "bytes of downloadUri"},
			data(func(all []byte) []byte { return repacked(all, func(b []byte) []byte { return b }) }),
		),
		newDefect("backup-in-two-steps", "The backup is empty before it is whole.", catches{three: "2 operations changed it"},
			storing(func(b blob, put func(blob) error) error {
				if b.backup() {
					_ = put(blob{container: b.container, name: b.name})
				}
				return put(b)
			})),
		newDefect(
			"model-gone",
			"The export's link leads nowhere.",
			catches{two: "status 404", three: "status 404"},
			refusing(getModel, 404, always),
		),
		newDefect("model-empty", "The export's link leads to an empty file.", catches{two: "0 bytes"},
			onResponse(getModel, func(_ *http.Request, a *answer) { a.body = nil })),
		newDefect(
			"model-unlinked",
			"The export has no link.",
			catches{two: "the service gave out none"},
			unlinking(func(string) bool { return true }),
		),
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
	const four, five, six = "CVSI-BACKUP-04", "CVSI-BACKUP-05", "CVSI-BACKUP-06"
	onnx := func(b blob) bool { return strings.HasSuffix(b.name, ".ONNX") }
	return []Defect{
		newDefect(
			"platform-not-backed-up",
			"One platform has no backup.",
			catches{four: "the container holds the backup"},
			losing(onnx),
		),
		newDefect("platform-refused", "One platform cannot be exported.", catches{four: "ExportIteration answered 400"},
			refusing(exportIteration, 400, func(r *http.Request) bool { return r.URL.Query().Get("platform") == "VAIDK" })),
		newDefect(
			"one-backup-for-all",
			"Every platform gets the backup of the first.",
			catches{four: "bytes of downloadUri"},
			func(s *service) {
				var made memo[[]byte]
				copying(func(b blob) blob { b.data = made.first(b.project(), b.data); return b })(s)
			},
		),
		newDefect("backup-needs-queue", "A project without a queue gets no backup.", catches{five: "the container is empty"},
			keeping(func(l *projectLog) []change {
				return []change{losing(func(b blob) bool {
					_, last, _ := l.of(b.project())
					return b.backup() && last.Queue == ""
				})}
			})),
		newDefect("backups-share-name", "Projects that share a container share the name of their backups.",
			catches{six: "the container holds the backup of each project"}, func(s *service) {
				var names memo[string]
				copying(func(b blob) blob { b.name = names.first(b.container, b.name); return b })(s)
			}),
		newDefect(
			"backups-share-model",
			"Projects that share a container share a model.",
			catches{six: "bytes of downloadUri"},
			func(s *service) {
				var models memo[[]byte]
				copying(func(b blob) blob { b.data = models.first(b.container, b.data); return b })(s)
			},
		),
	}
}

// withoutContainerDefects concern exports of projects without a container.
func withoutContainerDefects() []Defect {
	const seven = "CVSI-BACKUP-07"
	unlinked := func(queue bool) change {
		return keeping(func(l *projectLog) []change {
			return []change{unlinking(func(project string) bool {
				_, last, _ := l.of(project)
				return last.Container == "" && (last.Queue != "") == queue
			})}
		})
	}
	return []Defect{
		newDefect(
			"export-needs-queue",
			"A project without a queue cannot be exported.",
			catches{seven: "ExportIteration answered 400"},
			needsQueue(exportIteration),
		),
		newDefect(
			"export-needs-integration",
			"Without any integration an export gives no link.",
			catches{seven: "the service gave out none"},
			unlinked(false),
		),
		newDefect(
			"export-needs-container",
			"With a queue alone an export gives no link.",
			catches{seven: "the service gave out none"},
			unlinked(true),
		),
		writeToOtherProject(
			"backup-astray",
			"An export without a container is backed up in the container of another project.",
			catches{seven: "PutBlob to blob"},
			exportIteration,
			func(l *projectLog, latest uris, project string) { l.put(latest.Container, project+" - x.CoreML") },
		),
		newDefect(
			"queue-alone-backup-astray",
			"An export with a queue alone is backed up in the container of another project.",
			catches{seven: "PutBlob to blob"},
			keeping(func(l *projectLog) []change {
				return []change{onResponse(exportIteration, func(r *http.Request, _ *answer) {
					if _, last, latest := l.of(projectOf(r)); last.Container == "" && last.Queue != "" {
						l.put(latest.Container, projectOf(r)+" - x.CoreML")
					}
				})}
			}),
		).after("CVSI-CONNECT-05"),
	}
}
