package evidence

import (
	"reflect"
	"strings"
)

// A Redactor replaces the secrets in a text by markers.
type Redactor interface {
	Redact(text string) string
}

// RedactExchange returns a copy of x with its secrets replaced.
func RedactExchange(x Exchange, r Redactor) Exchange {
	return *redactEvent(Event{Exchange: &x}, r).Exchange
}

// redactEvent returns a copy of e with the secrets in every string of its payload replaced. It uses
// reflection, so that a field added later is redacted too.
func redactEvent(e Event, r Redactor) Event {
	if o := e.Operation; o != nil {
		c := *o
		text, encoding, bom := Decode(o.Text)
		c.Text, c.Base64, c.BOM = text, o.Base64 || encoding == base64Encoding, o.BOM || bom
		e.Operation = &c
	}
	v := reflect.ValueOf(&e).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() {
			f.Set(redactStruct(f.Elem(), r).Addr())
		}
	}
	return e
}

// redactStruct returns a redacted copy of a payload, or of an element of a list in one.
func redactStruct(v reflect.Value, r Redactor) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	for i := range c.NumField() {
		switch f := c.Field(i); f.Kind() {
		case reflect.String:
			f.SetString(redactText(f.String(), r))
		case reflect.Map:
			f.Set(reflect.ValueOf(redactMap(f.Interface().(map[string]string), r)))
		case reflect.Slice:
			f.Set(redactSlice(f, r))
		}
	}
	return c
}

func redactSlice(v reflect.Value, r Redactor) reflect.Value {
	if v.IsNil() {
		return v
	}
	out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	for i := range v.Len() {
		out.Index(i).Set(redactStruct(v.Index(i), r))
	}
	return out
}

func redactMap(m map[string]string, r Redactor) map[string]string {
	if m == nil {
		return nil
	}
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[redactText(k, r)] = redactText(v, r)
	}
	return out
}

// redactText returns s with its secrets replaced, in valid UTF-8: JSON keeps no other text
// unchanged.
func redactText(s string, r Redactor) string { return strings.ToValidUTF8(r.Redact(s), "\uFFFD") }
