package session

import (
	"context"
	"net/http"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/userr"
)

// checkKey returns an error if a running service refuses the key of the run. No
// requirement is judged then, because the service may be right. A preflight that
// ends the run has checked the key already.
func checkKey(ctx context.Context, sess *Session) error {
	x, p := sess.Service.Domains, sess.Settings.Preflight
	if !refusesKey(x) && !(p.Enabled && p.Fatal) {
		x = sess.Notes.Redactor.Exchange(sess.Service.Client.GetProjects(ctx))
	}
	if !refusesKey(x) {
		return nil
	}
	return userr.Environmentf("check Config.TrainingKey: it must be a key that the service accepts",
		"target %s refuses the training key: %s; nothing was judged", sess.Settings.Target, trainingapi.DescribeResponse(x))
}

func refusesKey(x evidence.Exchange) bool {
	return x.Status == http.StatusUnauthorized || x.Status == http.StatusForbidden
}
