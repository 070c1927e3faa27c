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

// The queue and the container that serve makes for the walk.
const (
	tutorialQueue     = "notifications"
	tutorialContainer = "backups"
)

// printTutorial makes a queue, a container and a few images, and prints the guide as
// commands that can be copied into a shell.
func (s *server) printTutorial(ctx context.Context, w io.Writer) error {
	if err := s.makeStorage(ctx, []string{tutorialQueue}, []string{tutorialContainer}); err != nil {
		return fmt.Errorf("make the queue and the container of the walk: %w", err)
	}
	images, err := s.writeSampleImages()
	if err != nil {
		return fmt.Errorf("write the images of the walk: %w", err)
	}
	until := s.options.Now().Add(24 * time.Hour)
	peek, err := s.account.ReadQueuesSAS(until)
	if err != nil {
		return err
	}
	read, err := s.account.ReadBlobsSAS(until)
	if err != nil {
		return err
	}
	text, err := template.New("walk").Parse(walkText)
	if err != nil {
		return err
	}
	return text.Execute(w, map[string]string{
		"Endpoint": s.endpoint(), "Key": s.fake.TrainingKey(), "Images": images, "Peek": peek, "Read": read,
		"Queue": s.account.QueueURI(nil, tutorialQueue), "Container": s.account.ContainerURI(nil, tutorialContainer),
		"Control": s.controlEndpoint(), "Authority": s.authority,
	})
}

// writeSampleImages writes two classes of five pictures to a folder that goes when the
// server stops.
func (s *server) writeSampleImages() (folder string, err error) {
	if folder, err = os.MkdirTemp("", "cvconform-images-"); err != nil {
		return "", err
	}
	s.onStop(func(context.Context) error { return os.RemoveAll(folder) })
	for tag := range dataset.Tags {
		pictures, err := dataset.Images(tag)
		if err != nil {
			return "", err
		}
		for n, p := range pictures {
			name := filepath.Join(folder, fmt.Sprintf("tag%d-%d.jpg", tag, n))
			if err := os.WriteFile(name, p.Bytes, 0o644); err != nil {
				return "", err
			}
		}
	}
	return folder, nil
}

const walkText = `
A walk through the guide, for a shell with curl:

{{with .Authority}}  export CURL_CA_BUNDLE='{{.}}'
{{end}}  ENDPOINT='{{.Endpoint}}/customvision/v3.3/Training'
  KEY='Training-key: {{.Key}}'
  QUEUE='{{.Queue}}'
  CONTAINER='{{.Container}}'
  PEEK='{{.Peek}}'
  READ='{{.Read}}'
  id() { grep -o '"id":"[^"]*"' | head -n 1 | cut -d '"' -f 4; }

  # 1. create a project that is tied to the queue and the container
  PROJECT=$(curl -s -X POST "$ENDPOINT/projects?exportModelContainerUri=$CONTAINER&notificationQueueUri=$QUEUE&name=walk&domainId=0732100f-1a38-4e49-a514-c9b44c697ab5" -H "$KEY" -d '' | id)

  # 2. see the ConnectionTest message (peeking leaves it there)
  curl -s "$QUEUE/messages?peekonly=true&numofmessages=32&$PEEK"

  # 3. two tags with five images each, then train
  for TAG in 0 1; do
    TAGID=$(curl -s -X POST "$ENDPOINT/projects/$PROJECT/tags?name=tag$TAG" -H "$KEY" -d '' | id)
    for N in 0 1 2 3 4; do
      curl -s -o /dev/null "$ENDPOINT/projects/$PROJECT/images?tagIds=$TAGID" -H "$KEY" -F "imageData=@{{.Images}}/tag$TAG-$N.jpg"
    done
  done
  ITERATION=$(curl -s -X POST "$ENDPOINT/projects/$PROJECT/train" -H "$KEY" -d '' | id)

  # 4. export, then see the Training and Export messages and the backup
  until curl -s "$ENDPOINT/projects/$PROJECT/iterations/$ITERATION" -H "$KEY" | grep -q Completed; do :; done
  curl -s -X POST "$ENDPOINT/projects/$PROJECT/iterations/$ITERATION/export?platform=ONNX" -H "$KEY" -d ''
  until curl -s "$ENDPOINT/projects/$PROJECT/iterations/$ITERATION/export" -H "$KEY" | grep -q Done; do :; done
  curl -s "$QUEUE/messages?peekonly=true&numofmessages=32&$PEEK"
  curl -s "$CONTAINER?restype=container&comp=list&$READ"
{{with .Control}}
  # 5. by the control plane: the next export fails, time goes by, and what was sent to the queue
  CONTROL='{{.}}'
  curl -s "$CONTROL/faults" -d '{"at":"export","project":"walk"}'
  curl -s -X POST "$ENDPOINT/projects/$PROJECT/iterations/$ITERATION/export?platform=CoreML" -H "$KEY" -d ''
  curl -s "$CONTROL/clock/advance" -d '{"by":"10m"}'
  curl -s "$QUEUE/messages?peekonly=true&numofmessages=32&$PEEK"
  curl -s "$CONTROL/journal?kind=storage&operation=PutMessage"
  curl -s "$CONTROL/" # all that it can do
{{end}}
Ctrl-C stops it; nothing is kept.
`
