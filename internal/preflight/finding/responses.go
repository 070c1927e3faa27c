package finding

import (
	"fmt"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// CheckResponse says what the answer to GetDomains means: for the endpoint, the key and
// the version of the API. other is the answer by the other version that there is,
// and is asked for where the first is a 404; nil means that it was not. goOn is
// whether there is anything more to learn from such a service.
func CheckResponse(
	endpoint string,
	x evidence.Exchange,
	version, otherVersion string,
	other *evidence.Exchange,
) (all []Finding, goOn bool) {
	switch {
	case x.Error != "" && x.Status != 0:
		return []Finding{
			failed(
				Endpoint,
				Service,
				"it has to end its answers; --budget request=DURATION gives it longer",
				"%s",
				trainingapi.FailureReason(x),
			),
		}, false
	case x.Error != "":
		return []Finding{
			failed(
				Endpoint,
				Network,
				"try again, or give it longer: --budget request=DURATION",
				"%s",
				trainingapi.FailureReason(x),
			),
		}, false
	case x.Status == 407:
		return []Finding{
			failed(
				Endpoint,
				Network,
				"the proxy needs a name and a password, in HTTP_PROXY or HTTPS_PROXY: http://NAME:PASSWORD@HOST:PORT",
				"%s",
				trainingapi.DescribeResponse(x),
			),
		}, false
	case x.Status >= 300 && x.Status <= 399:
		return []Finding{
			failed(
				Endpoint,
				CommandLine,
				"give --target the address that the service itself has",
				"%s",
				trainingapi.DescribeResponse(x),
			),
		}, false
	case x.Status >= 500:
		return []Finding{failed(Endpoint, Service, "see what it says itself", "%s", trainingapi.DescribeResponse(x))}, false
	}
	all = append(all, ok(Endpoint, "%s answers over %s", endpoint, x.Protocol))
	switch x.Status {
	case 401, 403:
		return append(all, refusedKey(x)), false
	case 404:
		return append(all, versionNotServed(x, version, otherVersion, other)), false
	case 429:
		return append(
			all,
			failed(Key, Service, "wait until its quota is there again, or lower --rate", "%s", trainingapi.DescribeResponse(x)),
		), false
	}
	if !trainingapi.Succeeded(x) || isHTMLPage(x) {
		return append(all, CheckDomains(x, false)), false
	}
	return append(all, ok(Key, "accepted"), ok(Version, "%s is served", version)), true
}

// isHTMLPage says whether the answer is for people, as that of another server is.
func isHTMLPage(x evidence.Exchange) bool {
	return strings.HasPrefix(x.Header["Content-Type"], "text/html")
}

// CertificateNotVerified says that a certificate is believed whatever it is.
func CertificateNotVerified() Finding {
	return Finding{
		Check:    Endpoint,
		State:    Warning,
		Observed: "its certificate is not verified (--insecure-skip-verify)",
		Fault:    CommandLine,
		Remedy:   "--ca-file FILE believes one authority instead of everybody",
	}
}

func refusedKey(x evidence.Exchange) Finding {
	do := "check CVCONFORM_TRAINING_KEY or --training-key-file: it has to be a key of the training resource (not of the prediction resource) whose endpoint this is"
	if x.Status == 403 {
		do += ",\nand the resource has to accept calls from this network (its page Networking)"
	}
	return failed(Key, CommandLine, do, "%s", trainingapi.DescribeResponse(x))
}

func versionNotServed(x evidence.Exchange, version, otherVersion string, other *evidence.Exchange) Finding {
	if other != nil && trainingapi.Succeeded(*other) {
		return failed(
			Version,
			CommandLine,
			"--api-version "+otherVersion,
			"%s is not served, %s is: %s",
			version,
			otherVersion,
			trainingapi.DescribeResponse(x),
		)
	}
	return failed(
		Version,
		CommandLine,
		"is this the endpoint of a Custom Vision training resource? In the portal it is on the page Keys and Endpoint",
		"neither %s nor %s is served: %s",
		version,
		otherVersion,
		trainingapi.DescribeResponse(x),
	)
}

// CheckDomains says what the domains mean that a service offers; backups is whether
// models are to be exported.
func CheckDomains(x evidence.Exchange, backups bool) Finding {
	var all []trainingapi.Domain
	err := trainingapi.Decode(x, &all)
	switch {
	case err != nil && isHTMLPage(x):
		return failed(
			Domains,
			CommandLine,
			"a web page is there: is --target the endpoint of a Custom Vision training resource?",
			"%v",
			err,
		)
	case err != nil:
		return failed(Domains, Service, "GET domains has to list the domains", "%v", err)
	}
	best, found := trainingapi.ChooseDomain(all)
	switch {
	case found:
		return ok(
			Domains,
			"%d, of which %s is used, for %s",
			len(all),
			best.Name,
			strings.Join(best.ExportablePlatforms, ", "),
		)
	case backups:
		return failed(
			Domains,
			Service,
			"a classification domain has to be exportable; --profile notifications judges what needs no export",
			"%d, of which none is exportable",
			len(all),
		)
	}
	return ok(Domains, "%d, of which none is exportable, and none needs to be", len(all))
}

// mostProjects is how many projects the largest tier of the real service allows,
// fewProjects the smallest (limits and quotas: S0, F0).
const (
	maxProjectsS0 = 100
	maxProjectsF0 = 2
)

// CheckProjects says what the list of projects means.
func CheckProjects(x evidence.Exchange) Finding {
	var all []struct{ Name string }
	if err := trainingapi.Decode(x, &all); err != nil {
		return failed(
			Projects,
			Service,
			"GET projects has to list the projects; on Azure the key's resource may lack the right to it",
			"%v",
			err,
		)
	}
	left := 0
	for _, p := range all {
		if strings.Contains(p.Name, "cvconform-") {
			left++
		}
	}
	f := ok(Projects, "%d there already", len(all))
	if left > 0 {
		f.State, f.Fault, f.Remedy = Warning, CommandLine, "cvconform clean removes what interrupted runs left"
		f.Observed += fmt.Sprintf(", of which %d look like cvconform's", left)
	}
	if len(all) >= maxProjectsS0 {
		f.State, f.Fault = Warning, CommandLine
		f.Remedy = strings.TrimPrefix(
			f.Remedy+fmt.Sprintf("\nremove some: Azure allows %d with tier F0, %d with tier S0", maxProjectsF0, maxProjectsS0),
			"\n",
		)
	}
	return f
}
