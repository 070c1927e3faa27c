package finding

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// A Probe is the record of a project that was created, with a queue and a container of
// the run, to check whether the service can connect to them.
type Probe struct {
	Endpoint         string               // of the service
	Account          string               // of the storage
	Queue, Container string               // the URIs given to the service; "" for none
	Created          evidence.Exchange    // CreateProject
	NoProject        string               // why a successful response contains no project; "" if it does
	MessageArrived   bool                 // whether the queue received a message
	Waited           time.Duration        // until the message arrived, or until the wait ended
	ViaGateway       bool                 // whether the service connects to storage through the gateway
	Operations       []evidence.Operation // the service's operations that the gateway saw
	CleanupError     string               // why the project could not be deleted; "" if it was
}

// CheckStorageAccess interprets the record: whether the service can connect to the
// storage.
func CheckStorageAccess(p Probe) Finding {
	f := p.judge()
	if p.CleanupError != "" {
		if f.State == OK {
			f.State, f.Fault = Warning, Service
		}
		f.Observed += "; the project could not be deleted: " + p.CleanupError
	}
	if f.State == Failed && !p.isAzure() {
		f.Remedy += "\nConfig.Preflight off judges the service nevertheless"
	}
	return f
}

func (p Probe) judge() Finding {
	x := p.Created
	switch {
	case x.Error != "" && x.Status != 0:
		return failed(StorageAccess, Service, completeResponses, "%s", trainingapi.FailureReason(x))
	case x.Error != "":
		return failed(StorageAccess, Network, tryAgain, "%s", trainingapi.FailureReason(x))
	case projectLimitReached(x):
		return failed(StorageAccess, Configuration, deleteProjects(), "%s", trainingapi.DescribeResponse(x))
	case x.Status == 401 || x.Status == 403:
		return failed(StorageAccess, Configuration, "the key must permit the creation of projects",
			"%s", trainingapi.DescribeResponse(x))
	case !trainingapi.Succeeded(x):
		return p.unreached("CreateProject with %s was refused: %s", p.requestedResources(), trainingapi.DescribeResponse(x))
	case p.NoProject != "":
		return failed(StorageAccess, Service, "the response to CreateProject must contain the project", "%s", p.NoProject)
	case p.Queue == "":
		return ok(StorageAccess, "the service accepted the container %s", p.Container)
	case p.MessageArrived:
		return ok(StorageAccess, "the ConnectionTest message arrived after %s", p.Waited.Round(time.Millisecond))
	}
	return p.unreached("CreateProject with %s returned %d, but no message arrived within %s (budget connection-test)",
		p.requestedResources(), x.Status, p.Waited)
}

// projectLimitReached reports whether the service refused a further project (error codes
// of the API description).
func projectLimitReached(x evidence.Exchange) bool {
	var doc struct{ Code string }
	_ = json.Unmarshal([]byte(x.Body), &doc)
	return doc.Code == "BadRequestExceedProjectLimit" || doc.Code == "BadRequestExceededQuota"
}

// requestedResources returns the URIs given to the service, in words.
func (p Probe) requestedResources() string {
	return strings.Join(strings.Fields(p.Queue+" "+p.Container), " and ")
}

// unreached returns the finding for a service that did not connect to the storage.
func (p Probe) unreached(format string, args ...any) Finding {
	f := failed(StorageAccess, Service,
		"the service must be able to connect to these addresses, and may need permissions for the storage", format, args...)
	f.Observed += p.gatewayText()
	switch {
	case p.loopbackUnreachable():
		f.Fault, f.Remedy = Configuration,
			"on the service's machine these addresses are the service itself: "+
				"set others with Config.GatewayListen and Config.GatewayAdvertise"
	case p.ViaGateway && len(p.Operations) == 0 && trainingapi.Succeeded(p.Created):
		f.Remedy = "the service must use these addresses unchanged: " +
			"are they valid on its machine (Config.GatewayAdvertise), " +
			"and not blocked by a firewall?"
	case p.isAzure():
		f.Fault, f.Remedy = Azure, p.roles()
	}
	return f
}

// gatewayText returns the operations that the gateway saw, in words, or "" if there is
// no gateway.
func (p Probe) gatewayText() string {
	if !p.ViaGateway {
		return ""
	}
	if len(p.Operations) == 0 {
		return "; the gateway saw no request"
	}
	var all []string
	for _, o := range p.Operations {
		if text := strings.TrimSpace(fmt.Sprintf("%s %d %s", o.Name, o.Status, o.Code)); !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return "; the gateway saw " + strings.Join(all, ", ")
}

// loopbackUnreachable reports whether the service is on another machine but was given
// loopback addresses.
func (p Probe) loopbackUnreachable() bool {
	return !target.Loopback(p.Endpoint) && (target.Loopback(p.Queue) || target.Loopback(p.Container))
}

// isAzure reports whether the service is the real one.
func (p Probe) isAzure() bool { return p.resource() != "" }

// resource returns the name of the service's Azure resource, or "" if the service is not
// on Azure.
func (p Probe) resource() string {
	u, err := url.Parse(p.Endpoint)
	if err != nil {
		return ""
	}
	name, _, _ := strings.Cut(u.Hostname(), ".")
	for _, cloud := range []string{"com", "us", "cn"} {
		suffix := ".cognitiveservices.azure." + cloud
		if strings.HasSuffix(u.Hostname(), suffix) {
			return name
		}
	}
	if strings.HasSuffix(u.Hostname(), ".api.cognitive.microsoft.com") {
		return "NAME" // a regional endpoint does not contain the name
	}
	return ""
}

// roles returns the role assignments that the integration needs (guide, set-up), with the
// commands that create them.
func (p Probe) roles() string {
	var text strings.Builder
	text.WriteString("the training resource needs a system-assigned identity (page Identity in the portal) with these\n" +
		"roles on the storage account; an assignment takes up to 30 minutes to become effective:\n")
	fmt.Fprintf(&text, "  id=$(az cognitiveservices account show --name %s --resource-group GROUP "+
		"--query identity.principalId --output tsv)\n", p.resource())
	fmt.Fprintf(&text, "  scope=$(az storage account show --name %s --query id --output tsv)\n", p.Account)
	for _, r := range []struct{ uri, role string }{
		{p.Container, "Storage Blob Data Contributor"}, {p.Queue, "Storage Queue Data Contributor"},
	} {
		if r.uri != "" {
			fmt.Fprintf(&text, "  az role assignment create --assignee-object-id $id "+
				"--assignee-principal-type ServicePrincipal --role %q --scope $scope\n", r.role)
		}
	}
	text.WriteString("the storage account must accept requests from the service's network (page Networking in the portal)")
	return text.String()
}
