package finding

import (
	"fmt"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// The remedies that several checks share.
const (
	completeResponses = "the service must complete its responses; Config.Budgets request=DURATION waits longer"
	tryAgain          = "try again; Config.Budgets request=DURATION waits longer"
	checkLog          = "check the log of the service"
)

// CheckResponse interprets the response to GetDomains: endpoint, key and API version.
// other is the response of the other API version, which is requested if the first
// response is a 404; nil if it was not. more reports whether further requests can succeed.
func CheckResponse(
	endpoint string, x evidence.Exchange, version, otherVersion string, other *evidence.Exchange,
) (findings []Finding, more bool) {
	response := trainingapi.DescribeResponse
	switch {
	case x.Error != "" && x.Status != 0:
		return one(failed(Endpoint, Service, completeResponses, "%s", trainingapi.FailureReason(x)))
	case x.Error != "":
		return one(failed(Endpoint, Network, tryAgain, "%s", trainingapi.FailureReason(x)))
	case x.Status == 407:
		return one(failed(Endpoint, Network, "the proxy needs a user name and a password, in HTTP_PROXY or HTTPS_PROXY: "+
			"http://NAME:PASSWORD@HOST:PORT", "%s", response(x)))
	case x.Status >= 300 && x.Status <= 399:
		return one(
			failed(Endpoint, Configuration, "set Config.Target to the address of the service itself", "%s", response(x)),
		)
	case x.Status >= 500:
		return one(failed(Endpoint, Service, checkLog, "%s", response(x)))
	}
	findings = append(findings, ok(Endpoint, "%s responds over %s", endpoint, x.Protocol))
	switch x.Status {
	case 401, 403:
		return append(findings, refusedKey(x)), false
	case 404:
		return append(findings, versionNotServed(x, version, otherVersion, other)), false
	case 429:
		return append(findings, failed(Key, Service, "wait until the quota is available again, or lower Config.Rate",
			"%s", response(x))), false
	}
	if !trainingapi.Succeeded(x) || isHTMLPage(x) {
		return append(findings, CheckDomains(x, false)), false
	}
	return append(findings, ok(Key, "accepted"), ok(Version, "%s is served", version)), true
}

// one returns a finding that makes further requests useless.
func one(f Finding) ([]Finding, bool) { return []Finding{f}, false }

// isHTMLPage reports whether the response is a web page, as other servers send it.
func isHTMLPage(x evidence.Exchange) bool {
	return strings.HasPrefix(x.Header["Content-Type"], "text/html")
}

// CertificateNotVerified returns the warning for a service whose certificate is accepted
// without verification.
func CertificateNotVerified() Finding {
	return Finding{
		Check:    Endpoint,
		State:    Warning,
		Observed: "the certificate is not verified (Config.InsecureSkipVerify)",
		Fault:    Configuration,
		Remedy:   "set Config.CAFile to the CA certificate instead",
	}
}

func refusedKey(x evidence.Exchange) Finding {
	remedy := "check Config.TrainingKey: it must be a key of the training resource, not of the prediction resource"
	if x.Status == 403 {
		remedy += ",\nand the resource must accept requests from this network (page Networking in the portal)"
	}
	return failed(Key, Configuration, remedy, "%s", trainingapi.DescribeResponse(x))
}

// BlameServiceForKey returns the findings of a service that was started with the key: if it refuses the key, that is
// the service's fault.
func BlameServiceForKey(findings []Finding) []Finding {
	for i := range findings {
		if f := &findings[i]; f.Check == Key && f.Fault == Configuration {
			f.Fault, f.Remedy = Service, "the service must accept the key in the variable CUSTOMVISION_TRAINING_KEY"
		}
	}
	return findings
}

func versionNotServed(x evidence.Exchange, version, otherVersion string, other *evidence.Exchange) Finding {
	response := trainingapi.DescribeResponse(x)
	if other != nil && trainingapi.Succeeded(*other) {
		return failed(Version, Configuration, "set Config.Readings api-version="+otherVersion,
			"%s is not served, %s is: %s", version, otherVersion, response)
	}
	return failed(Version, Configuration,
		"is this the endpoint of a Custom Vision training resource? The portal shows it on the page Keys and Endpoint",
		"neither %s nor %s is served: %s", version, otherVersion, response)
}

// CheckDomains interprets the response to GetDomains: whether a domain can be exported.
// needsExport reports whether the run exports models.
func CheckDomains(x evidence.Exchange, needsExport bool) Finding {
	var all []trainingapi.Domain
	err := trainingapi.Decode(x, &all)
	switch {
	case err != nil && isHTMLPage(x):
		return failed(Domains, Configuration,
			"the response is a web page: is Config.Target the endpoint of a Custom Vision training resource?", "%v", err)
	case err != nil:
		return failed(Domains, Service, "GET domains must list the domains", "%v", err)
	}
	best, found := trainingapi.ChooseDomain(all)
	switch {
	case found:
		platforms := strings.Join(best.ExportablePlatforms, ", ")
		return ok(Domains, "%d, of which %s is used, for %s", len(all), best.Name, platforms)
	case needsExport:
		return failed(Domains, Service,
			"a classification domain must be exportable; Config.Profile notifications needs no export",
			"%d, of which none is exportable", len(all))
	}
	return ok(Domains, "%d, of which none is exportable, but no export is needed", len(all))
}

// The number of projects that the real service allows, by the pricing tier of the
// resource (limits and quotas).
const (
	maxProjectsS0 = 100
	maxProjectsF0 = 2
)

// deleteProjects is the remedy for too many projects.
func deleteProjects() string {
	return fmt.Sprintf("delete projects: Azure allows %d with tier F0, %d with tier S0", maxProjectsF0, maxProjectsS0)
}

// CheckProjects interprets the response to GetProjects.
func CheckProjects(x evidence.Exchange) Finding {
	var all []struct{ Name string }
	if err := trainingapi.Decode(x, &all); err != nil {
		return failed(Projects, Service,
			"GET projects must list the projects; on Azure the resource of the key may lack the permission", "%v", err)
	}
	leftBehind := 0
	for _, p := range all {
		if strings.Contains(p.Name, "cvconform-") {
			leftBehind++
		}
	}
	f := ok(Projects, "%d exist", len(all))
	var remedies []string
	if leftBehind > 0 {
		f.Observed += fmt.Sprintf(", of which %d have a name of cvconform", leftBehind)
		remedies = append(remedies, "steps.Clean deletes those of interrupted runs")
	}
	if len(all) >= maxProjectsS0 {
		remedies = append(remedies, deleteProjects())
	}
	if len(remedies) > 0 {
		f.State, f.Fault, f.Remedy = Warning, Configuration, strings.Join(remedies, "\n")
	}
	return f
}
