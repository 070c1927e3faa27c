package storage

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/cvconform/cvconform/fakes/azurite/devaccount"
)

// parts are what a connection string says.
type parts struct {
	name, key   string
	blob, queue *url.URL
}

// parse reads a connection string.
func parse(s string) (parts, error) {
	fields, err := split(s)
	if err != nil {
		return parts{}, err
	}
	if strings.EqualFold(fields["usedevelopmentstorage"], "true") {
		fields = developmentFields()
	}
	p := parts{name: fields["accountname"], key: fields["accountkey"]}
	if err := p.check(fields); err != nil {
		return parts{}, err
	}
	if p.blob, err = endpoint(fields, "blob"); err != nil {
		return parts{}, err
	}
	p.queue, err = endpoint(fields, "queue")
	return p, err
}

// check says what is wrong with the account's name and key.
func (p parts) check(fields map[string]string) error {
	switch {
	case p.name == "":
		return errors.New("AccountName is missing")
	case p.key == "" && fields["sharedaccesssignature"] != "":
		return errors.New(
			"it has a SharedAccessSignature; the harness needs the AccountKey, to make and remove queues and containers",
		)
	case p.key == "":
		return errors.New("AccountKey is missing")
	}
	if _, err := base64.StdEncoding.DecodeString(p.key); err != nil {
		return errors.New("AccountKey is not Base64")
	}
	return nil
}

// split reads Name=Value;Name=Value; names are lowered. Neither names nor
// values are quoted in the error: a broken string may have the key anywhere.
func split(s string) (map[string]string, error) {
	fields := map[string]string{}
	for i, field := range strings.Split(strings.TrimSpace(s), ";") {
		if strings.TrimSpace(field) == "" {
			continue
		}
		name, value, ok := strings.Cut(field, "=")
		if !ok {
			return nil, fmt.Errorf("field %d is not of the form Name=Value", i+1)
		}
		fields[strings.ToLower(strings.TrimSpace(name))] = strings.TrimSpace(value)
	}
	if len(fields) == 0 {
		return nil, errors.New("it is empty")
	}
	return fields, nil
}

// endpoint is the root of service, spelled out or made from protocol, account and suffix.
func endpoint(fields map[string]string, service string) (*url.URL, error) {
	spelled := fields[service+"endpoint"]
	if spelled == "" {
		protocol, suffix := fields["defaultendpointsprotocol"], fields["endpointsuffix"]
		if protocol == "" {
			protocol = "https"
		}
		if suffix == "" {
			suffix = "core.windows.net"
		}
		spelled = fmt.Sprintf("%s://%s.%s.%s", protocol, fields["accountname"], service, suffix)
	}
	u, err := url.Parse(strings.TrimRight(spelled, "/"))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("the %s endpoint is not an http or https URL", service)
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	return u, nil
}

// developmentFields is what UseDevelopmentStorage=true stands for.
func developmentFields() map[string]string {
	return map[string]string{
		"accountname":   devaccount.Name,
		"accountkey":    devaccount.Key,
		"blobendpoint":  "http://127.0.0.1:10000/" + devaccount.Name,
		"queueendpoint": "http://127.0.0.1:10001/" + devaccount.Name,
	}
}
