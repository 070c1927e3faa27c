package steps_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"strings"
)

func backupDefects() []defect {
	return append(append(backupNameDefects(), backupContentDefects()...), backupScopeDefects()...)
}

func backupNameDefects() []defect {
	const one = "CVSI-BACKUP-01"
	lost := losing(blob.backup)
	other := `other blobs, the last: "`
	named := func(name, is string, f func(string) string) defect {
		return broken(name, is, breaks{one: other}, renaming(f))
	}
	return []defect{
		broken("no-backup", "No backup is stored.", breaks{one: "the container is empty", "CVSI-BACKUP-02": "the container is empty",
			"CVSI-BACKUP-03": "the container is empty", "CVSI-BACKUP-04": "the container is empty", "CVSI-BACKUP-05": "the container is empty",
			"CVSI-EXPORT-07": "the container is empty"}, lost),
		named("backup-tight", "The name has no spaces.", func(name string) string { return strings.Replace(name, " - ", "-", 1) }),
		named("backup-zip", "The name ends in .zip.", func(name string) string { return name + ".zip" }),
		named("backup-no-platform", "The name has no platform.", func(name string) string { return strings.TrimSuffix(name, ".CoreML") }),
		named("backup-small-platform", "The platform is spelt small.", func(name string) string { return strings.ToLower(name) }),
		named("backup-swapped", "The ids are swapped.", func(name string) string {
			iteration, platform, _ := strings.Cut(name[39:], ".")
			return iteration + " - " + name[:36] + "." + platform
		}),
		named("backup-folder", "The backup lies in a folder.", func(name string) string { return "backups/" + name }),
		named("backup-encoded", "The name is percent-encoded.", func(name string) string { return strings.ReplaceAll(name, " ", "%20") }),
		named("backup-another-project", "The name is that of another project.", func(name string) string {
			return "11111111-2222-3333-4444-555555555555" + name[36:]
		}),
	}
}

func backupContentDefects() []defect {
	const two, three = "CVSI-BACKUP-02", "CVSI-BACKUP-03"
	data := func(f func([]byte) []byte) fault {
		return copying(func(b blob) blob { b.data = f(b.data); return b })
	}
	return []defect{
		broken("backup-empty", "The backup is empty.", breaks{two: "0 bytes", three: "0 bytes"}, data(func([]byte) []byte { return nil })),
		broken("backup-truncated", "The backup is cut short.", breaks{two: "bytes of downloadUri", three: "bytes of downloadUri"},
			data(func(all []byte) []byte { return all[:len(all)/2] })),
		broken("backup-another-model", "The backup holds another model.", breaks{two: "bytes of downloadUri"},
			data(func(all []byte) []byte { return repacked(all, func(b []byte) []byte { return append(b, '!') }) })),
		broken("backup-repacked", "The backup holds the same files in another archive.", breaks{three: "bytes of downloadUri"},
			data(func(all []byte) []byte { return repacked(all, func(b []byte) []byte { return b }) })),
		broken("backup-in-two-steps", "The backup is empty before it is whole.", breaks{three: "2 operations changed it"},
			storing(func(b blob, put func(blob) error) error {
				if b.backup() {
					_ = put(blob{container: b.container, name: b.name})
				}
				return put(b)
			})),
		broken("model-gone", "The export's link leads nowhere.", breaks{two: "status 404", three: "status 404"}, refusing(getModel, 404, always)),
		broken("model-empty", "The export's link leads to an empty file.", breaks{two: "0 bytes"},
			answering(getModel, func(_ *http.Request, a *answer) { a.body = nil })),
		broken("model-unlinked", "The export has no link.", breaks{two: "the service gave out none"},
			list(getExports, func(all []map[string]any) []map[string]any {
				for _, e := range all {
					e["downloadUri"] = nil
				}
				return all
			})),
	}
}

// repacked is a zip archive of changed files, uncompressed.
func repacked(data []byte, change func([]byte) []byte) []byte {
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil
	}
	var buffer bytes.Buffer
	out := zip.NewWriter(&buffer)
	for _, f := range in.File {
		r, _ := f.Open()
		content, _ := io.ReadAll(r)
		w, _ := out.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Store})
		_, _ = w.Write(change(content))
	}
	_ = out.Close()
	return buffer.Bytes()
}

func backupScopeDefects() []defect {
	const four, five, six, seven = "CVSI-BACKUP-04", "CVSI-BACKUP-05", "CVSI-BACKUP-06", "CVSI-BACKUP-07"
	onnx := func(b blob) bool { return strings.HasSuffix(b.name, ".ONNX") }
	return []defect{
		broken("platform-not-backed-up", "One platform has no backup.", breaks{four: ".ONNX"}, losing(onnx)),
		broken("platform-refused", "One platform cannot be exported.", breaks{four: "ExportIteration answered 400"},
			refusing(exportIteration, 400, func(r *http.Request) bool { return r.URL.Query().Get("platform") == "VAIDK" })),
		broken("one-backup-for-all", "Every platform gets the backup of the first.", breaks{four: "bytes of downloadUri"}, func(s *service) {
			var made box[[]byte]
			copying(func(b blob) blob { b.data = made.first(b.project(), b.data); return b })(s)
		}),
		broken("backup-needs-queue", "A project without a queue gets no backup.", breaks{five: "the container is empty"},
			keeping(func(l *ledger) []fault {
				return []fault{losing(func(b blob) bool {
					_, last, _ := l.of(b.project())
					return b.backup() && last.Queue == ""
				})}
			})),
		broken("backups-share-name", "Projects that share a container share a name.", breaks{six: "other blobs"}, func(s *service) {
			var names box[string]
			copying(func(b blob) blob { b.name = names.first(b.container, b.name); return b })(s)
		}),
		broken("backups-share-model", "Projects that share a container share a model.", breaks{six: "bytes of downloadUri"}, func(s *service) {
			var models box[[]byte]
			copying(func(b blob) blob { b.data = models.first(b.container, b.data); return b })(s)
		}),
		broken("export-needs-queue", "A project without a queue cannot be exported.", breaks{seven: "ExportIteration answered 400"}, needsQueue(exportIteration)),
		broken("export-needs-container", "Without a container an export gives no link.", breaks{seven: "the service gave out none"}, unlinked()),
		astray("backup-astray", "An export without a container is backed up in that of another project.", breaks{seven: "PutBlob to blob"},
			exportIteration, func(l *ledger, latest uris, project string) { l.put(latest.Container, project+" - x.CoreML") }),
		broken("queue-alone-backup-astray", "An export with a queue alone is backed up in the container of another project.", breaks{seven: "PutBlob to blob"},
			keeping(func(l *ledger) []fault {
				return []fault{answering(exportIteration, func(r *http.Request, _ *answer) {
					if _, last, latest := l.of(projectOf(r)); last.Container == "" && last.Queue != "" {
						l.put(latest.Container, projectOf(r)+" - x.CoreML")
					}
				})}
			})).nextTo("CVSI-CONNECT-05"),
	}
}

// unlinked hides the links of exports of projects without a container.
func unlinked() fault {
	return keeping(func(l *ledger) []fault {
		return []fault{answering(getExports, func(r *http.Request, a *answer) {
			if _, last, _ := l.of(projectOf(r)); last.Container == "" {
				a.body = changed(a.body, func(e map[string]any) { e["downloadUri"] = nil })
			}
		})}
	})
}
