package preflight

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/training"
)

// A Probe is what became of a project that was made, with a queue and a container
// of the run, to see whether the service reaches them.
type Probe struct {
	Endpoint         string               // of the service
	Account          string               // of the storage
	Queue, Container string               // URIs as the service was given them; "" where there is none
	Created          evidence.Exchange    // CreateProject
	NoProject        string               // why the answer shows no project, although it is one of success; "" where it does
	Came             bool                 // a message
	After            time.Duration        // until it came, or how long was waited
	Between          bool                 // whether the gateway stands between the service and the storage
	Did              []evidence.Operation // of the service, as the gateway saw it
	Left             string               // why the project could not be removed; "" where it was
}

// Reached says whether the service reaches the storage.
func Reached(p Probe) Finding {
	f := p.judge()
	if p.Left != "" {
		if f.State == OK {
			f.State, f.Fault = Warning, Service
		}
		f.Seen += "; the project could not be removed: " + p.Left
	}
	if f.State == Failed && !p.azure() {
		f.Do += "\n--preflight off judges it all the same"
	}
	return f
}

func (p Probe) judge() Finding {
	x := p.Created
	switch {
	case x.Error != "" && x.Status != 0:
		return failed(Reach, Service, "it has to end its answers; --budget request=DURATION gives it longer", "%s", training.Trouble(x))
	case x.Error != "":
		return failed(Reach, Network, "try again, or give it longer: --budget request=DURATION", "%s", training.Trouble(x))
	case limited(x):
		return failed(Reach, Yours, fmt.Sprintf("remove projects: Azure allows %d with tier F0, %d with tier S0", fewProjects, mostProjects), "%s", training.Answer(x))
	case x.Status == 401 || x.Status == 403:
		return failed(Reach, Yours, "the key has to allow making projects", "%s", training.Answer(x))
	case !training.Succeeded(x):
		return p.unreached("CreateProject with %s was refused: %s", p.given(), training.Answer(x))
	case p.NoProject != "":
		return failed(Reach, Service, "CreateProject has to answer with the project that it made", "%s", p.NoProject)
	case p.Queue == "":
		return ok(Reach, "the service took the container %s", p.Container)
	case p.Came:
		return ok(Reach, "the message of the connection check came after %s", p.After.Round(time.Millisecond))
	}
	return p.unreached("CreateProject with %s answered %d, but no message came within %s (budget connection-test)", p.given(), x.Status, p.After)
}

// limited says whether the answer is that there are too many projects already
// (error codes of the API description).
func limited(x evidence.Exchange) bool {
	var doc struct{ Code string }
	_ = json.Unmarshal([]byte(x.Body), &doc)
	return doc.Code == "BadRequestExceedProjectLimit" || doc.Code == "BadRequestExceededQuota"
}

func (p Probe) given() string {
	return strings.Join(strings.Fields(p.Queue+" "+p.Container), " and ")
}

// unreached is the finding of a service that has not reached the storage.
func (p Probe) unreached(format string, args ...any) Finding {
	f := failed(Reach, Service, "the service has to reach these addresses as they are, and may need rights to the storage", format, args...)
	f.Seen += p.passed()
	switch {
	case p.homeward():
		f.Fault, f.Do = Yours, "these addresses lead to the service itself: --gateway-listen and --gateway-advertise give it others"
	case p.Between && len(p.Did) == 0 && training.Succeeded(p.Created):
		f.Do = "it has to use these addresses as they are; it may not be able to: are they right from there (--gateway-advertise), and open to it?"
	case p.azure():
		f.Fault, f.Do = Azure, p.roles()
	}
	return f
}

// passed is what came to the gateway, in words; "" where none stands.
func (p Probe) passed() string {
	if !p.Between {
		return ""
	}
	if len(p.Did) == 0 {
		return "; nothing came to the gateway"
	}
	var all []string
	for _, o := range p.Did {
		if did := strings.TrimSpace(fmt.Sprintf("%s %d %s", o.Name, o.Status, o.Code)); !slices.Contains(all, did) {
			all = append(all, did)
		}
	}
	return "; to the gateway came " + strings.Join(all, ", ")
}

// homeward says whether the service is elsewhere, and the addresses are those of
// this machine for itself.
func (p Probe) homeward() bool {
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
	text.WriteString("the training resource needs a system-assigned identity (its page Identity) with these roles on the storage account;\n" +
		"a role that was assigned takes up to 30 minutes to hold:\n")
	fmt.Fprintf(&text, "  id=$(az cognitiveservices account show --name %s --resource-group GROUP --query identity.principalId --output tsv)\n", p.resource())
	fmt.Fprintf(&text, "  scope=$(az storage account show --name %s --query id --output tsv)\n", p.Account)
	for _, r := range []struct{ uri, role string }{{p.Container, "Storage Blob Data Contributor"}, {p.Queue, "Storage Queue Data Contributor"}} {
		if r.uri != "" {
			fmt.Fprintf(&text, "  az role assignment create --assignee-object-id $id --assignee-principal-type ServicePrincipal --role %q --scope $scope\n", r.role)
		}
	}
	text.WriteString("the storage account has to accept calls from the service's network too (its page Networking)")
	return text.String()
}
