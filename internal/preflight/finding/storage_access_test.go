package finding_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/preflight/finding"
)

func TestCheckStorageAccess(t *testing.T) {
	const preflightOff = "\nConfig.Preflight off judges the service nevertheless"
	const permissions = "the service must be able to connect to these addresses, and may need permissions for the storage" + preflightOff
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
		"the message arrives": {base, "ok reach | the ConnectionTest message arrived after 1.235s |  | "},
		"no queue":            {with(func(p *finding.Probe) { p.Queue, p.MessageArrived = "", false }), "ok reach | the service accepted the container http://s/store/c |  | "},
		"an incomplete response": {with(func(p *finding.Probe) {
			p.Created = evidence.Exchange{Call: "CreateProject", Status: 200, Error: "unexpected EOF"}
		}), "failed reach | CreateProject returned 200, but the response is incomplete: unexpected EOF | the service | the service must complete its responses; Config.Budgets request=DURATION waits longer" + preflightOff},
		"no response":              {with(func(p *finding.Probe) { p.Created = evidence.Exchange{Call: "CreateProject", Error: "EOF"} }), "failed reach | CreateProject got no response: EOF | the network | try again; Config.Budgets request=DURATION waits longer" + preflightOff},
		"too many projects":        {with(func(p *finding.Probe) { p.Created = created(400, `{"code":"BadRequestExceedProjectLimit"}`) }), `failed reach | CreateProject returned 400: {"code":"BadRequestExceedProjectLimit"} | the configuration | delete projects: Azure allows 2 with tier F0, 100 with tier S0` + preflightOff},
		"a key without permission": {with(func(p *finding.Probe) { p.Created = created(403, "no") }), "failed reach | CreateProject returned 403: no | the configuration | the key must permit the creation of projects" + preflightOff},
		"the create is refused":    {with(func(p *finding.Probe) { p.Created = created(400, "no") }), "failed reach | CreateProject with http://s/store/q and http://s/store/c was refused: CreateProject returned 400: no | the service | " + permissions},
		"no project": {with(func(p *finding.Probe) { p.NoProject = "CreateProject returned no id: {}" }),
			"failed reach | CreateProject returned no id: {} | the service | the response to CreateProject must contain the project" + preflightOff},
		"no message": {with(func(p *finding.Probe) { p.MessageArrived, p.Waited = false, time.Minute }),
			"failed reach | CreateProject with http://s/store/q and http://s/store/c returned 200, but no message arrived within 1m0s (budget connection-test) | the service | " + permissions},
		"loopback addresses": {with(func(p *finding.Probe) { p.MessageArrived, p.Queue = false, "http://127.0.0.1:1/store/q" }),
			"| the configuration | on the service's machine these addresses are the service itself: set others with Config.GatewayListen and Config.GatewayAdvertise" + preflightOff},
		"loopback addresses and service": {with(func(p *finding.Probe) {
			p.MessageArrived, p.Queue, p.Endpoint = false, "http://127.0.0.1:1/store/q", "http://localhost:2"
		}), "| the service | " + permissions},
		"no request at the gateway": {with(func(p *finding.Probe) { p.MessageArrived, p.ViaGateway = false, true }),
			"no message arrived within 1.234567s (budget connection-test); the gateway saw no request | the service | " +
				"the service must use these addresses unchanged: are they valid on its machine (Config.GatewayAdvertise), and not blocked by a firewall?" + preflightOff},
		"refused without a request at the gateway": {with(func(p *finding.Probe) { p.Created, p.ViaGateway = created(400, "no"), true }),
			"returned 400: no; the gateway saw no request | the service | " + permissions},
		"storage refuses": {with(func(p *finding.Probe) {
			p.MessageArrived, p.ViaGateway, p.Operations = false, true, []evidence.Operation{{Name: "PutBlob", Status: 201}, {Name: "PutMessage", Status: 403, Code: "AuthorizationFailure"}, {Name: "PutBlob", Status: 201}}
		}), "(budget connection-test); the gateway saw PutBlob 201, PutMessage 403 AuthorizationFailure | the service | " + permissions},
		"the project stays": {with(func(p *finding.Probe) { p.CleanupError = "DeleteProject returned 500: no" }),
			"warning reach | the ConnectionTest message arrived after 1.235s; the project could not be deleted: DeleteProject returned 500: no | the service | "},
	} {
		assert.Contains(t, findingText(finding.CheckStorageAccess(c.probe)), c.want, name)
	}
}

func TestCheckStorageAccessOnAzure(t *testing.T) {
	p := finding.Probe{
		Endpoint:  "https://eyes.cognitiveservices.azure.com",
		Account:   "store",
		Queue:     "https://store.queue.core.windows.net/q",
		Container: "https://store.blob.core.windows.net/c",
		Created:   evidence.Exchange{Call: "CreateProject", Status: 400},
	}
	const want = `the training resource needs a system-assigned identity (page Identity in the portal) with these
roles on the storage account; an assignment takes up to 30 minutes to become effective:
  id=$(az cognitiveservices account show --name eyes --resource-group GROUP --query identity.principalId --output tsv)
  scope=$(az storage account show --name store --query id --output tsv)
  az role assignment create --assignee-object-id $id --assignee-principal-type ServicePrincipal --role "Storage Blob Data Contributor" --scope $scope
  az role assignment create --assignee-object-id $id --assignee-principal-type ServicePrincipal --role "Storage Queue Data Contributor" --scope $scope
the storage account must accept requests from the service's network (page Networking in the portal)`
	f := finding.CheckStorageAccess(p)
	assert.Equal(t, []any{finding.Failed, finding.Azure, want}, []any{f.State, f.Fault, f.Remedy})
	p.Container = ""
	assert.NotContains(t, finding.CheckStorageAccess(p).Remedy, "Blob Data", "only the roles that are needed")
	p.Endpoint = "https://westus2.api.cognitive.microsoft.com"
	assert.Contains(t, finding.CheckStorageAccess(p).Remedy, "account show --name NAME --resource-group GROUP")
	p.Endpoint = "https://eyes.cognitiveservices.azure.com.example"
	assert.Equal(t, finding.Service, finding.CheckStorageAccess(p).Fault)
}

func TestFindingLines(t *testing.T) {
	f := finding.Finding{
		Check:    finding.Key,
		State:    finding.Failed,
		Observed: "refused\nbecause",
		Fault:    finding.Configuration,
		Remedy:   "this,\nor that",
	}
	assert.Equal(t, strings.Join([]string{
		"failed   key        refused",
		"                    because",
		"                    looks like: the configuration",
		"                    this,",
		"                    or that"}, "\n"), strings.Join(f.Lines(), "\n"))
	assert.Equal(
		t,
		[]string{"ok       key        accepted"},
		finding.Finding{Check: finding.Key, State: finding.OK, Observed: "accepted"}.Lines(),
	)
	assert.Equal(t, []string{"warning  endpoint   the certificate is not verified (Config.InsecureSkipVerify)",
		"                    looks like: the configuration", "                    set Config.CAFile to the CA certificate instead"}, finding.CertificateNotVerified().Lines())
	found, any := finding.AnyFailed([]finding.Finding{{State: finding.Warning}, f})
	assert.True(t, any)
	assert.Equal(t, f, found)
}
