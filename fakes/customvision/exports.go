package customvision

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
	"github.com/cvconform/cvconform/fakes/customvision/fault"
)

func exportRoutes() []route {
	return []route{
		{"ExportIteration", "POST", iterationPath + "/export", maxDocument, (*Server).exportIteration},
		{"GetExports", "GET", iterationPath + "/export", maxDocument, (*Server).listExports},
	}
}

type exportDocument struct {
	Platform              string  `json:"platform"`
	Status                string  `json:"status"`
	DownloadURI           *string `json:"downloadUri"`
	Flavor                *string `json:"flavor"`
	NewerVersionAvailable bool    `json:"newerVersionAvailable"`
}

// exportDocument returns a document with a link to the model at the address that the caller used.
func (s *Server) exportDocument(origin string, p *project, i *iteration, e *export) exportDocument {
	document := exportDocument{Platform: e.platform, Status: e.status(), Flavor: nonEmpty(e.flavor, nil)}
	if e.doneAt != nil {
		link := s.links.link(origin, modelPath(p.id, i.id, e.suffix()), s.now())
		document.DownloadURI = &link
	}
	return document
}

// exportIteration responds before the work starts, so that its message is sent later than the response.
func (s *Server) exportIteration(r *request) (any, error) {
	return s.inIteration(r, func(p *project, i *iteration) (any, error) {
		requested, err := i.readExport(r)
		if err != nil {
			return nil, err
		}
		if err := i.replaceFailed(requested); err != nil {
			return nil, err
		}
		i.exports = append(i.exports, requested)
		duration := s.durations.of(p).Export
		work := func(ctx context.Context) { s.completeExport(ctx, p.id, i.id, requested) }
		document := s.exportDocument(requested.callerOrigin, p, i, requested)
		return s.respondBefore(document, duration, "Export", p.id, work), nil
	})
}

func (i *iteration) readExport(r *request) (*export, error) {
	platform, err := r.required("platform")
	if err != nil {
		return nil, err
	}
	if i.trainedAt == nil {
		return nil, errNotTrained(i.id)
	}
	name, ok := canonical(platform, i.domain.platforms(r.preview)...)
	if !ok {
		return nil, errExport("The domain %s cannot be exported to %q.", i.domain.Name, platform)
	}
	requested := &export{platform: name, callerOrigin: r.origin()}
	if flavor := r.param("flavor"); flavor != "" {
		if requested.flavor, ok = canonical(flavor, platformFlavors(name)...); !ok {
			return nil, errExport("The platform %s has no flavor %q.", name, flavor)
		}
	}
	return requested, nil
}

// replaceFailed removes a failed export that is requested again. Any other export can be requested only once.
func (i *iteration) replaceFailed(requested *export) error {
	n := slices.IndexFunc(i.exports, func(e *export) bool { return e.suffix() == requested.suffix() })
	if n < 0 {
		return nil
	}
	if i.exports[n].failedAt == nil {
		return errExportInProgress(i.id)
	}
	i.exports = slices.Delete(i.exports, n, n+1)
	return nil
}

func (s *Server) listExports(r *request) (any, error) {
	return s.inIteration(r, func(p *project, i *iteration) (any, error) {
		documents := make([]exportDocument, 0, len(i.exports))
		for _, e := range i.exports {
			if slices.Contains(i.domain.platforms(r.preview), e.platform) {
				documents = append(documents, s.exportDocument(r.origin(), p, i, e))
			}
		}
		return documents, nil
	})
}

// completeExport stores the backup, records the result, and sends a message to the queue that the project has at
// that time.
func (s *Server) completeExport(ctx context.Context, projectID, iterationID uuid.UUID, e *export) {
	job, ok := s.prepareExport(projectID, iterationID, e)
	if !ok {
		return
	}
	ctx = s.outboundContext(ctx, projectID, job.name)
	reason, faultID := s.takeFailure(
		fault.Call{At: fault.Export, ProjectID: projectID.String(), ProjectName: job.name, Platform: e.platform},
		s.options.FailExport,
	)
	var model *string
	if reason == "" {
		model, reason = s.storeBackup(ctx, job)
	}
	if queue, ok := s.recordExport(projectID, iterationID, e, model != nil); ok {
		s.logWork("Export", projectID, reason, faultID)
		s.notify(ctx, queue, exportMessage(projectID, iterationID, model))
	}
}

// exportJob holds the data of an export that is needed without the lock.
type exportJob struct {
	name            string // the name of the project
	container, blob string
	archive         archive
	link            string // URL of the model in the service's own storage
}

func (s *Server) prepareExport(projectID, iterationID uuid.UUID, e *export) (exportJob, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, i := s.lookupIteration(projectID, iterationID)
	if i == nil {
		return exportJob{}, false
	}
	return exportJob{
		name:      p.name,
		container: p.settings.ExportModelContainerURI,
		blob:      fmt.Sprintf("%s - %s.%s", p.id, i.id, e.suffix()),
		archive:   newArchive(p, i, e),
		link:      s.links.link(e.callerOrigin, modelPath(p.id, i.id, e.suffix()), s.now()),
	}, true
}

// storeBackup stores the model in the project's container. It returns the URI of the model, or the reason why the
// export failed. Without a container the URI is a link to the service's own storage.
func (s *Server) storeBackup(ctx context.Context, job exportJob) (model *string, reason string) {
	if job.container == "" {
		return &job.link, ""
	}
	uri, err := s.putBackup(ctx, job)
	if err != nil {
		s.options.Logger.Warn("cannot store a backup", "blob", job.blob, "error", err)
		return nil, "cannot store the backup: " + err.Error()
	}
	return &uri, ""
}

func (s *Server) putBackup(ctx context.Context, job exportJob) (string, error) {
	data, err := job.archive.bytes()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, storageTimeout)
	defer cancel()
	if err := s.options.Storage.PutBlob(ctx, job.container, job.blob, data); err != nil {
		return "", err
	}
	return azurestorage.BlobURI(job.container, job.blob, false)
}

func (s *Server) recordExport(projectID, iterationID uuid.UUID, e *export, done bool) (queue string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, i := s.lookupIteration(projectID, iterationID)
	if i == nil {
		return "", false
	}
	now := s.now()
	if done {
		e.doneAt = &now
	} else {
		e.failedAt = &now
	}
	return p.settings.NotificationQueueURI, true
}
