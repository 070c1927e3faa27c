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

// A Probe is what became of a project that was made, with a queue and a container
// of the run, to see whether the service reaches them.
type Probe struct {
	Endpoint         string               // of the service
	Account          string               // of the storage
	Queue, Container string               // URIs as the service was given them; "" where there is none
	Created          evidence.Exchange    // CreateProject
	NoProject        string               // why the answer shows no project, although it is one of success; "" where it does
	MessageArrived   bool                 // a message
	Waited           time.Duration        // until it came, or how long was waited
	ViaGateway       bool                 // whether the gateway stands between the service and the storage
	Operations       []evidence.Operation // of the service, as the gateway saw it
	CleanupError     string               // why the project could not be removed; "" where it was
}

// CheckStorageAccess says whether the service reaches the storage.
func CheckStorageAccess(p Probe) Finding {
	f := p.judge()
	if p.CleanupError != "" {
		if f.State == OK {
			f.State, f.Fault = Warning, Service
		}
		f.Observed += "; the project could not be removed: " + p.CleanupError
	}
	if f.State == Failed && !p.azure() {
		f.Remedy += "\n--preflight off judges it all the same"
	}
	return f
}

func (p Probe) judge() Finding {
	x := p.Created
	switch {
	case x.Error != "" && x.Status != 0:
		return failed(
			StorageAccess,
			Service,
			"it has to end its answers; --budget request=DURATION gives it longer",
			"%s",
			trainingapi.FailureReason(x),
		)
	case x.Error != "":
		return failed(
			StorageAccess,
			Network,
			"try again, or give it longer: --budget request=DURATION",
			"%s",
			trainingapi.FailureReason(x),
		)
	case projectLimitReached(x):
		return failed(
			StorageAccess,
			CommandLine,
			fmt.Sprintf("remove projects: Azure allows %d with tier F0, %d with tier S0", maxProjectsF0, maxProjectsS0),
			"%s",
			trainingapi.DescribeResponse(x),
		)
	case x.Status == 401 || x.Status == 403:
		return failed(
			StorageAccess,
			CommandLine,
			"the key has to allow making projects",
			"%s",
			trainingapi.DescribeResponse(x),
		)
	case !trainingapi.Succeeded(x):
		return p.unreached("CreateProject with %s was refused: %s", p.requestedResources(), trainingapi.DescribeResponse(x))
	case p.NoProject != "":
		return failed(StorageAccess, Service, "CreateProject has to answer with the project that it made", "%s", p.NoProject)
	case p.Queue == "":
		return ok(StorageAccess, "the service took the container %s", p.Container)
	case p.MessageArrived:
		return ok(StorageAccess, "the message of the connection check came after %s", p.Waited.Round(time.Millisecond))
	}
	return p.unreached(
		"CreateProject with %s answered %d, but no message came within %s (budget connection-test)",
		p.requestedResources(),
		x.Status,
		p.Waited,
	)
}

// projectLimitReached says whether the answer is that there are too many projects already
// (error codes of the API description).
func projectLimitReached(x evidence.Exchange) bool {
	var doc struct{ Code string }
	_ = json.Unmarshal([]byte(x.Body), &doc)
	return doc.Code == "BadRequestExceedProjectLimit" || doc.Code == "BadRequestExceededQuota"
}

func (p Probe) requestedResources() string {
	return strings.Join(strings.Fields(p.Queue+" "+p.Container), " and ")
}

// unreached is the finding of a service that has not reached the storage.
func (p Probe) unreached(format string, args ...any) Finding {
	f := failed(
		StorageAccess,
		Service,
		"the service has to reach these addresses as they are, and may need rights to the storage",
		format,
		args...)
	f.Observed += p.successFinding()
	switch {
	case p.loopbackUnreachable():
		f.Fault, f.Remedy = CommandLine, "these addresses lead to the service itself: --gateway-listen and --gateway-advertise give it others"
	case p.ViaGateway && len(p.Operations) == 0 && trainingapi.Succeeded(p.Created):
		f.Remedy = "it has to use these addresses as they are; it may not be able to: are they right from there (--gateway-advertise), and open to it?"
	case p.azure():
		f.Fault, f.Remedy = Azure, p.roles()
	}
	return f
}

// successFinding is what came to the gateway, in words; "" where none stands.
func (p Probe) successFinding() string {
	if !p.ViaGateway {
		return ""
	}
	if len(p.Operations) == 0 {
		return "; nothing came to the gateway"
	}
	var all []string
	for _, o := range p.Operations {
		if did := strings.TrimSpace(fmt.Sprintf("%s %d %s", o.Name, o.Status, o.Code)); !slices.Contains(all, did) {
			all = append(all, did)
		}
	}
	return "; to the gateway came " + strings.Join(all, ", ")
}

// loopbackUnreachable says whether the service is elsewhere, and the addresses are those of
// this machine for itself.
func (p Probe) loopbackUnreachable() bool {
	return !target.Loopback(p.Endpoint) && (target.Loopback(p.Queue) || target.Loopback(p.Container))
}

// azure says whether the service is the real one.
func (p Probe) azure() bool { return p.resource() != "" }

// resource is the name of the service's resource in Azure; "" where it is not there.
func (p Probe) resource() string {
	u, err := url.Parse(p.Endpoint)
	if err != nil {
		return ""
	}
	name, _, _ := strings.Cut(u.Hostname(), ".")
	for _, suffix := range []string{".cognitiveservices.azure.com", ".cognitiveservices.azure.us", ".cognitiveservices.azure.cn"} {
		if strings.HasSuffix(u.Hostname(), suffix) {
			return name
		}
	}
	if strings.HasSuffix(u.Hostname(), ".api.cognitive.microsoft.com") {
		return "NAME" // a regional endpoint does not say
	}
	return ""
}

// roles says which role assignments the integration needs (guide, set-up), and the
// commands that make them.
func (p Probe) roles() string {
	var text strings.Builder
	text.WriteString(
		"the training resource needs a system-assigned identity (its page Identity) with these roles on the storage account;\n" +
			"a role that was assigned takes up to 30 minutes to hold:\n",
	)
	fmt.Fprintf(
		&text,
		"  id=$(az cognitiveservices account show --name %s --resource-group GROUP --query identity.principalId --output tsv)\n",
		p.resource(),
	)
	fmt.Fprintf(&text, "  scope=$(az storage account show --name %s --query id --output tsv)\n", p.Account)
	for _, r := range []struct{ uri, role string }{{p.Container, "Storage Blob Data Contributor"}, {p.Queue, "Storage Queue Data Contributor"}} {
		if r.uri != "" {
			fmt.Fprintf(
				&text,
				"  az role assignment create --assignee-object-id $id --assignee-principal-type ServicePrincipal --role %q --scope $scope\n",
				r.role,
			)
		}
	}
	text.WriteString("the storage account has to accept calls from the service's network too (its page Networking)")
	return text.String()
}
