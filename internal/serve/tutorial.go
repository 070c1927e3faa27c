package serve

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/template"
	"time"

	"github.com/cvconform/cvconform/internal/trainingapi/dataset"
)

// The queue and the container of the tutorial.
const (
	tutorialQueue     = "notifications"
	tutorialContainer = "backups"
)

// printTutorial creates a queue, a container and images, and prints the steps of the
// guide as commands that a user can paste into a shell.
func (s *server) printTutorial(ctx context.Context, w io.Writer, a announcement) error {
	if err := a.store.create(ctx, []string{tutorialQueue}, []string{tutorialContainer}); err != nil {
		return fmt.Errorf("create the queue and the container of the tutorial: %w", err)
	}
	images, err := s.writeSampleImages()
	if err != nil {
		return fmt.Errorf("write the images of the tutorial: %w", err)
	}
	account, expiry := a.store.account, s.options.Now().Add(24*time.Hour)
	peekSAS, err := account.ReadQueuesSAS(expiry)
	if err != nil {
		return err
	}
	readSAS, err := account.ReadBlobsSAS(expiry)
	if err != nil {
		return err
	}
	text, err := template.New("tutorial").Parse(tutorialText)
	if err != nil {
		return err
	}
	return text.Execute(w, map[string]string{
		"Endpoint": a.endpoint(), "Key": a.trainingKey, "Images": images, "Peek": peekSAS, "Read": readSAS,
		"Queue": account.QueueURI(nil, tutorialQueue), "Container": account.ContainerURI(nil, tutorialContainer),
		"Control": a.controlEndpoint(), "CAFile": a.certificate.caFile,
	})
}

// writeSampleImages writes two classes of five images to a folder, which is deleted when
// the server stops.
func (s *server) writeSampleImages() (folder string, err error) {
	if folder, err = os.MkdirTemp("", "cvconform-images-"); err != nil {
		return "", err
	}
	s.onStop(func(context.Context) error { return os.RemoveAll(folder) })
	for tag := range dataset.Tags {
		images, err := dataset.Images(tag)
		if err != nil {
			return "", err
		}
		for n, image := range images {
			name := filepath.Join(folder, fmt.Sprintf("tag%d-%d.jpg", tag, n))
			if err := os.WriteFile(name, image.Bytes, 0o644); err != nil {
				return "", err
			}
		}
	}
	return folder, nil
}

const tutorialText = `
The steps of the guide, for a shell with curl:

{{with .CAFile}}  export CURL_CA_BUNDLE='{{.}}'
{{end}}  ENDPOINT='{{.Endpoint}}/customvision/v3.3/Training'
  KEY='Training-key: {{.Key}}'
  QUEUE='{{.Queue}}'
  CONTAINER='{{.Container}}'
  PEEK='{{.Peek}}'
  READ='{{.Read}}'
  id() { grep -o '"id":"[^"]*"' | head -n 1 | cut -d '"' -f 4; }

  # 1. create a project with the queue and the container
  DOMAIN=0732100f-1a38-4e49-a514-c9b44c697ab5
  URIS="exportModelContainerUri=$CONTAINER&notificationQueueUri=$QUEUE"
  PROJECT=$(curl -s -X POST "$ENDPOINT/projects?$URIS&name=tutorial&domainId=$DOMAIN" -H "$KEY" -d '' | id)

  # 2. read the ConnectionTest message (peeking does not remove it)
  curl -s "$QUEUE/messages?peekonly=true&numofmessages=32&$PEEK"

  # 3. create two tags with five images each, and train
  for TAG in 0 1; do
    TAGID=$(curl -s -X POST "$ENDPOINT/projects/$PROJECT/tags?name=tag$TAG" -H "$KEY" -d '' | id)
    for N in 0 1 2 3 4; do
      curl -s -o /dev/null "$ENDPOINT/projects/$PROJECT/images?tagIds=$TAGID" -H "$KEY" \
        -F "imageData=@{{.Images}}/tag$TAG-$N.jpg"
    done
  done
  ITERATION=$(curl -s -X POST "$ENDPOINT/projects/$PROJECT/train" -H "$KEY" -d '' | id)

  # 4. export, and read the Training and Export messages and the name of the backup
  until curl -s "$ENDPOINT/projects/$PROJECT/iterations/$ITERATION" -H "$KEY" | grep -q Completed; do :; done
  curl -s -X POST "$ENDPOINT/projects/$PROJECT/iterations/$ITERATION/export?platform=ONNX" -H "$KEY" -d ''
  until curl -s "$ENDPOINT/projects/$PROJECT/iterations/$ITERATION/export" -H "$KEY" | grep -q Done; do :; done
  curl -s "$QUEUE/messages?peekonly=true&numofmessages=32&$PEEK"
  curl -s "$CONTAINER?restype=container&comp=list&$READ"
{{with .Control}}
  # 5. with the control plane: let the next export fail, advance the clock, and list the messages sent
  CONTROL='{{.}}'
  curl -s "$CONTROL/faults" -d '{"at":"export","project":"tutorial"}'
  curl -s -X POST "$ENDPOINT/projects/$PROJECT/iterations/$ITERATION/export?platform=CoreML" -H "$KEY" -d ''
  curl -s "$CONTROL/clock/advance" -d '{"by":"10m"}'
  curl -s "$QUEUE/messages?peekonly=true&numofmessages=32&$PEEK"
  curl -s "$CONTROL/journal?kind=storage&operation=PutMessage"
  curl -s "$CONTROL/" # the documentation of the control plane
{{end}}
Ctrl-C stops it; nothing is kept.
`
