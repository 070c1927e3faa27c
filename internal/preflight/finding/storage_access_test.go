package finding_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/preflight/finding"
)

func TestReached(t *testing.T) {
	const anyway = "\n--preflight off judges it all the same"
	const rights = "the service has to reach these addresses as they are, and may need rights to the storage" + anyway
	created := func(status int, body string) evidence.Exchange {
		return evidence.Exchange{Call: "CreateProject", Status: status, Body: body}
	}
	base := finding.Probe{
		Endpoint:       "http://service.example",
		Account:        "store",
		Queue:          "http://s/store/q",
		Container:      "http://s/store/c",
		Created:        created(200, "{}"),
		MessageArrived: true,
		Waited:         1234567 * time.Microsecond,
	}
	with := func(change func(*finding.Probe)) finding.Probe {
		p := base
		change(&p)
		return p
	}
	for name, c := range map[string]struct {
		probe finding.Probe
		want  string
	}{
		"it does":  {base, "ok reach | the message of the connection check came after 1.235s |  | "},
		"no queue": {with(func(p *finding.Probe) { p.Queue, p.MessageArrived = "", false }), "ok reach | the service took the container http://s/store/c |  | "},
		"half an answer": {with(func(p *finding.Probe) {
			p.Created = evidence.Exchange{Call: "CreateProject", Status: 200, Error: "unexpected EOF"}
		}), "failed reach | CreateProject answered 200, but the response is incomplete: unexpected EOF | the service | it has to end its answers; --budget request=DURATION gives it longer" + anyway},
		"no answer":     {with(func(p *finding.Probe) { p.Created = evidence.Exchange{Call: "CreateProject", Error: "EOF"} }), "failed reach | CreateProject got no response: EOF | the network | try again, or give it longer: --budget request=DURATION" + anyway},
		"too many":      {with(func(p *finding.Probe) { p.Created = created(400, `{"code":"BadRequestExceedProjectLimit"}`) }), `failed reach | CreateProject answered 400: {"code":"BadRequestExceedProjectLimit"} | the command line | remove projects: Azure allows 2 with tier F0, 100 with tier S0` + anyway},
		"no right":      {with(func(p *finding.Probe) { p.Created = created(403, "no") }), "failed reach | CreateProject answered 403: no | the command line | the key has to allow making projects" + anyway},
		"it is refused": {with(func(p *finding.Probe) { p.Created = created(400, "no") }), "failed reach | CreateProject with http://s/store/q and http://s/store/c was refused: CreateProject answered 400: no | the service | " + rights},
		"no project": {with(func(p *finding.Probe) { p.NoProject = "CreateProject answered without an id: {}" }),
			"failed reach | CreateProject answered without an id: {} | the service | CreateProject has to answer with the project that it made" + anyway},
		"nothing comes": {with(func(p *finding.Probe) { p.MessageArrived, p.Waited = false, time.Minute }),
			"failed reach | CreateProject with http://s/store/q and http://s/store/c answered 200, but no message came within 1m0s (budget connection-test) | the service | " + rights},
		"addresses of this machine": {with(func(p *finding.Probe) { p.MessageArrived, p.Queue = false, "http://127.0.0.1:1/store/q" }),
			"| the command line | these addresses lead to the service itself: --gateway-listen and --gateway-advertise give it others" + anyway},
		"both on this machine": {with(func(p *finding.Probe) {
			p.MessageArrived, p.Queue, p.Endpoint = false, "http://127.0.0.1:1/store/q", "http://localhost:2"
		}), "| the service | " + rights},
		"nothing comes to the gateway": {with(func(p *finding.Probe) { p.MessageArrived, p.ViaGateway = false, true }),
			"no message came within 1.234567s (budget connection-test); nothing came to the gateway | the service | " +
				"it has to use these addresses as they are; it may not be able to: are they right from there (--gateway-advertise), and open to it?" + anyway},
		"it is refused unseen": {with(func(p *finding.Probe) { p.Created, p.ViaGateway = created(400, "no"), true }),
			"answered 400: no; nothing came to the gateway | the service | " + rights},
		"storage refuses": {with(func(p *finding.Probe) {
			p.MessageArrived, p.ViaGateway, p.Operations = false, true, []evidence.Operation{{Name: "PutBlob", Status: 201}, {Name: "PutMessage", Status: 403, Code: "AuthorizationFailure"}, {Name: "PutBlob", Status: 201}}
		}), "(budget connection-test); to the gateway came PutBlob 201, PutMessage 403 AuthorizationFailure | the service | " + rights},
		"it stays": {with(func(p *finding.Probe) { p.CleanupError = "DeleteProject answered 500: no" }),
			"warning reach | the message of the connection check came after 1.235s; the project could not be removed: DeleteProject answered 500: no | the service | "},
	} {
		assert.Contains(t, findingText(finding.CheckStorageAccess(c.probe)), c.want, name)
	}
}

func TestReachedOnAzure(t *testing.T) {
	p := finding.Probe{
		Endpoint:  "https://eyes.cognitiveservices.azure.com",
		Account:   "store",
		Queue:     "https://store.queue.core.windows.net/q",
		Container: "https://store.blob.core.windows.net/c",
		Created:   evidence.Exchange{Call: "CreateProject", Status: 400},
	}
	const want = `the training resource needs a system-assigned identity (its page Identity) with these roles on the storage account;
a role that was assigned takes up to 30 minutes to hold:
  id=$(az cognitiveservices account show --name eyes --resource-group GROUP --query identity.principalId --output tsv)
  scope=$(az storage account show --name store --query id --output tsv)
  az role assignment create --assignee-object-id $id --assignee-principal-type ServicePrincipal --role "Storage Blob Data Contributor" --scope $scope
  az role assignment create --assignee-object-id $id --assignee-principal-type ServicePrincipal --role "Storage Queue Data Contributor" --scope $scope
the storage account has to accept calls from the service's network too (its page Networking)`
	f := finding.CheckStorageAccess(p)
	assert.Equal(t, []any{finding.Failed, finding.Azure, want}, []any{f.State, f.Fault, f.Remedy})
	p.Container = ""
	assert.NotContains(t, finding.CheckStorageAccess(p).Remedy, "Blob Data", "only the roles that are needed")
	p.Endpoint = "https://westus2.api.cognitive.microsoft.com"
	assert.Contains(t, finding.CheckStorageAccess(p).Remedy, "account show --name NAME --resource-group GROUP")
	p.Endpoint = "https://eyes.cognitiveservices.azure.com.example"
	assert.Equal(t, finding.Service, finding.CheckStorageAccess(p).Fault)
}

func TestLines(t *testing.T) {
	f := finding.Finding{
		Check:    finding.Key,
		State:    finding.Failed,
		Observed: "refused\nbecause",
		Fault:    finding.CommandLine,
		Remedy:   "this,\nor that",
	}
	assert.Equal(t, strings.Join([]string{
		"failed   key        refused",
		"                    because",
		"                    looks like: the command line",
		"                    this,",
		"                    or that"}, "\n"), strings.Join(f.Lines(), "\n"))
	assert.Equal(
		t,
		[]string{"ok       key        accepted"},
		finding.Finding{Check: finding.Key, State: finding.OK, Observed: "accepted"}.Lines(),
	)
	assert.Equal(t, []string{"warning  endpoint   its certificate is not verified (--insecure-skip-verify)",
		"                    looks like: the command line", "                    --ca-file FILE believes one authority instead of everybody"}, finding.CertificateNotVerified().Lines())
	found, any := finding.AnyFailed([]finding.Finding{{State: finding.Warning}, f})
	assert.True(t, any)
	assert.Equal(t, f, found)
}
