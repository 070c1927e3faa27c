package defect

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
)

func backupDefects() []Defect {
	return slices.Concat(backupNameDefects(), backupContentDefects(), backupScopeDefects(),
		exportWithoutContainerDefects())
}

// backupNameDefects concern the existence and the name of backups.
func backupNameDefects() []Defect {
	withName := func(name, description string, f func(string) string) Defect {
		return newDefect(name, description, catches{backup01: `other blobs, the last: "`}, renameBackups(f))
	}
	return []Defect{
		newDefect("no-backup", "No backup is stored.",
			catches{backup01: "the container is empty", backup02: "the container is empty", backup03: "the container is empty",
				backup04: "the container is empty", backup05: "the container is empty", backup08: "the container is empty",
				export07: "the container is empty"},
			dropBlobs(blob.isBackup)),
		newDefect("backup-late", "The backup is stored long after the export.",
			catches{backup01: "the container is empty"}, func(s *service) {
				onPut(func(b blob, put blobFunc) error {
					if !b.isBackup() {
						return put(b)
					}
					s.afterDelay(afterEveryWait, func() { _ = put(b) })
					return nil
				})(s)
			}),
		newDefect("backup-in-another-container", "The backup is stored in the container of another project.",
			catches{backup01: `.CoreML" in container`}, withProjectLog(func(l *projectLog) []change {
				return []change{onPut(func(b blob, put blobFunc) error {
					if b.isBackup() {
						b.container = l.otherContainer(b.container)
					}
					if b.container == "" {
						return nil
					}
					return put(b)
				})}
			})).alsoSelect(backup05),
		withName("backup-tight", "The backup's name has no spaces around the hyphen.",
			func(name string) string { return strings.Replace(name, " - ", "-", 1) }),
		withName("backup-zip", "The backup's name ends in .zip.", func(name string) string { return name + ".zip" }),
		withName("backup-no-platform", "The backup's name does not contain the platform.",
			func(name string) string { return name[:strings.LastIndex(name, ".")] }),
		withName("backup-small-platform", "The backup's name contains the platform in lower case.", strings.ToLower),
		withName("backup-swapped", "The backup's name contains the two ids in the wrong order.", func(name string) string {
			iteration, platform, _ := strings.Cut(name[39:], ".")
			return iteration + " - " + name[:36] + "." + platform
		}),
		withName("backup-folder", "The backup is stored in a folder.",
			func(name string) string { return "backups/" + name }),
		withName("backup-encoded", "The backup's name is percent-encoded.",
			func(name string) string { return strings.ReplaceAll(name, " ", "%20") }),
		withName("backup-another-project", "The backup's name contains the id of another project.",
			func(name string) string { return unknownID + name[36:] }),
	}
}

// backupContentDefects concern the content of backups and of the models that they are compared with.
func backupContentDefects() []Defect {
	editData := func(f func([]byte) []byte) change {
		return editBackups(func(b blob) blob { b.data = f(b.data); return b })
	}
	return []Defect{
		newDefect("backup-empty", "The backup is empty.",
			catches{backup02: "0 bytes", backup03: "0 bytes"}, editData(func([]byte) []byte { return nil })),
		newDefect("backup-truncated", "The backup is truncated.",
			catches{backup02: "bytes of downloadUri", backup03: "bytes of downloadUri"},
			editData(func(all []byte) []byte { return all[:len(all)/2] })),
		newDefect("backup-another-model", "The backup contains another model.",
			catches{backup02: "bytes of downloadUri"},
			editData(func(all []byte) []byte { return repack(all, func(b []byte) []byte { return append(b, '!') }) })),
		newDefect("backup-repacked", "The backup contains the same files in another archive.",
			catches{backup03: "bytes of downloadUri"},
			editData(func(all []byte) []byte { return repack(all, func(b []byte) []byte { return b }) })),
		newDefect("backup-in-two-steps", "The backup is written twice: empty, then complete.",
			catches{backup08: "the content changed after the first operation"}, onPut(func(b blob, put blobFunc) error {
				if b.isBackup() {
					_ = put(blob{container: b.container, name: b.name})
				}
				return put(b)
			})),
		newDefect("failed-export-backed-up", "A failed export stores a backup.",
			catches{backup09: "blob"}, withProjectLog(func(l *projectLog) []change {
				return []change{onMessage(export, func(m message, send sendFunc) error {
					project := m.contentField("projectId")
					if _, last, _ := l.urisOf(project); m.contentField("exportStatus") == "ExportFailed" {
						l.put(last.Container, project+" - "+m.contentField("iterationId")+".partial")
					}
					return send(m)
				})}
			})),
		newDefect("model-gone", "The download URI of the export responds with 404.",
			catches{backup02: "status 404", backup03: "status 404"}, reject(downloadModel, 404, anyRequest)),
		newDefect("model-empty", "The download URI of the export returns an empty file.",
			catches{backup02: "0 bytes"}, onResponse(downloadModel, func(_ *http.Request, resp *response) { resp.body = nil })),
		newDefect("model-unlinked", "The export has no download URI.",
			catches{backup02: "the service returned none"}, removeDownloadURIs(func(string) bool { return true })),
	}
}

// repack returns an uncompressed zip archive with the changed files of an archive, or nil if data is not an archive.
func repack(data []byte, change func([]byte) []byte) []byte {
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
		_, _ = w.Write(change(content)) // a write to a buffer does not fail
	}
	_ = out.Close()
	return buffer.Bytes()
}

// removeDownloadURIs removes the download URIs of the exports of some projects.
func removeDownloadURIs(where func(project string) bool) change {
	return onResponse(getExports, func(r *http.Request, resp *response) {
		if where(projectOf(r)) {
			resp.body = editJSON(resp.body, func(e map[string]any) { e["downloadUri"] = nil })
		}
	})
}

// backupScopeDefects concern the exports that are backed up.
func backupScopeDefects() []Defect {
	isONNX := func(b blob) bool { return strings.HasSuffix(b.name, ".ONNX") }
	return []Defect{
		newDefect("platform-not-backed-up", "Exports for ONNX store no backup.",
			catches{backup04: "the container holds the backup"}, dropBlobs(isONNX)),
		newDefect("platform-refused", "ExportIteration rejects the platform VAIDK.",
			catches{backup04: "ExportIteration returned 400"},
			reject(exportIteration, 400, func(r *http.Request) bool { return r.URL.Query().Get("platform") == "VAIDK" })),
		newDefect("one-backup-for-all", "The backups for all platforms contain the model of the first.",
			catches{backup04: "bytes of downloadUri"}, func(s *service) {
				var models memo[[]byte]
				editBackups(func(b blob) blob { b.data = models.first(b.projectID(), b.data); return b })(s)
			}),
		newDefect("backup-needs-queue", "A project without a queue stores no backup.",
			catches{backup05: "the container is empty"}, withProjectLog(func(l *projectLog) []change {
				return []change{dropBlobs(func(b blob) bool {
					_, last, _ := l.urisOf(b.projectID())
					return b.isBackup() && last.Queue == ""
				})}
			})),
		newDefect("backups-share-name", "Backups of projects that share a container have the same name.",
			catches{backup06: "the container holds the backup of each project"}, func(s *service) {
				var names memo[string]
				editBackups(func(b blob) blob { b.name = names.first(b.container, b.name); return b })(s)
			}),
		newDefect("backups-share-model", "Backups of projects that share a container contain the same model.",
			catches{backup06: "bytes of downloadUri"}, func(s *service) {
				var models memo[[]byte]
				editBackups(func(b blob) blob { b.data = models.first(b.container, b.data); return b })(s)
			}),
	}
}

// exportWithoutContainerDefects concern the exports of projects without a container.
func exportWithoutContainerDefects() []Defect {
	hideDownloadURIs := func(withQueue bool) change {
		return withProjectLog(func(l *projectLog) []change {
			return []change{removeDownloadURIs(func(project string) bool {
				_, last, _ := l.urisOf(project)
				return last.Container == "" && (last.Queue != "") == withQueue
			})}
		})
	}
	return []Defect{
		newDefect("export-needs-queue", "ExportIteration rejects a project without a queue.",
			catches{backup07: "ExportIteration returned 400"}, requireQueue(exportIteration)),
		newDefect("export-needs-integration", "The exports of a project without storage URIs have no download URI.",
			catches{backup07: "the service returned none"}, hideDownloadURIs(false)),
		newDefect("export-needs-container", "The exports of a project with a queue only have no download URI.",
			catches{backup07: "the service returned none"}, hideDownloadURIs(true)),
		writeToOtherProject("backup-astray",
			"A project without storage URIs stores its backup in the container of another project.",
			catches{backup07: "PutBlob to blob"}, exportIteration,
			func(l *projectLog, latest uris, project string) { l.put(latest.Container, project+" - x.CoreML") }),
		newDefect("queue-alone-backup-astray",
			"A project with a queue only stores its backup in the container of another project.",
			catches{backup07: "PutBlob to blob"}, withProjectLog(func(l *projectLog) []change {
				return []change{onResponse(exportIteration, func(r *http.Request, _ *response) {
					if _, last, latest := l.urisOf(projectOf(r)); last.Container == "" && last.Queue != "" {
						l.put(latest.Container, projectOf(r)+" - x.CoreML")
					}
				})}
			})).sequentiallyAfter(connect05),
	}
}
