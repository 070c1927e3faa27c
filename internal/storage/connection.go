package storage

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/cvconform/cvconform/fakes/azurite/devaccount"
)

// A connection is a parsed connection string.
type connection struct {
	name, key   string
	blob, queue *url.URL
}

// parse parses a connection string.
func parse(s string) (connection, error) {
	fields, err := split(s)
	if err != nil {
		return connection{}, err
	}
	if strings.EqualFold(fields["usedevelopmentstorage"], "true") {
		fields = developmentFields()
	}
	p := connection{name: fields["accountname"], key: fields["accountkey"]}
	if err := p.validate(fields); err != nil {
		return connection{}, err
	}
	if p.blob, err = endpoint(fields, "blob"); err != nil {
		return connection{}, err
	}
	p.queue, err = endpoint(fields, "queue")
	return p, err
}

// validate returns an error if the account's name or key is missing or malformed.
func (p connection) validate(fields map[string]string) error {
	switch {
	case p.name == "":
		return errors.New("AccountName is missing")
	case p.key == "" && fields["sharedaccesssignature"] != "":
		return errors.New(
			"it has a SharedAccessSignature, but the harness needs the AccountKey to create and delete queues and containers",
		)
	case p.key == "":
		return errors.New("AccountKey is missing")
	}
	if _, err := base64.StdEncoding.DecodeString(p.key); err != nil {
		return errors.New("AccountKey is not Base64")
	}
	return nil
}

// split parses Name=Value;Name=Value and returns the values by lower-case name. The error quotes neither names nor
// values, because a malformed string may contain the key anywhere.
func split(s string) (map[string]string, error) {
	fields := map[string]string{}
	for i, field := range strings.Split(strings.TrimSpace(s), ";") {
		if strings.TrimSpace(field) == "" {
			continue
		}
		name, value, ok := strings.Cut(field, "=")
		if !ok {
			return nil, fmt.Errorf("field %d does not have the form Name=Value", i+1)
		}
		fields[strings.ToLower(strings.TrimSpace(name))] = strings.TrimSpace(value)
	}
	if len(fields) == 0 {
		return nil, errors.New("it is empty")
	}
	return fields, nil
}

// endpoint returns the root of a service: the given URL, or the one built from protocol, account and suffix.
func endpoint(fields map[string]string, service string) (*url.URL, error) {
	given := fields[service+"endpoint"]
	if given == "" {
		protocol, suffix := fields["defaultendpointsprotocol"], fields["endpointsuffix"]
		if protocol == "" {
			protocol = "https"
		}
		if suffix == "" {
			suffix = "core.windows.net"
		}
		given = fmt.Sprintf("%s://%s.%s.%s", protocol, fields["accountname"], service, suffix)
	}
	u, err := url.Parse(strings.TrimRight(given, "/"))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("the %s endpoint is not an http or https URL", service)
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	return u, nil
}

// developmentFields returns the fields that UseDevelopmentStorage=true stands for.
func developmentFields() map[string]string {
	return map[string]string{
		"accountname":   devaccount.Name,
		"accountkey":    devaccount.Key,
		"blobendpoint":  "http://127.0.0.1:10000/" + devaccount.Name,
		"queueendpoint": "http://127.0.0.1:10001/" + devaccount.Name,
	}
}
