package jsonfile

import (
	"encoding/json"
	"reflect"
)

// NonNil returns a deep copy of v in which every nil slice or map that encoding/json
// would write as null is empty instead. A nil pointer stays nil. Values of interface
// types, and types with a MarshalJSON method of their own, are copied as they are. v
// must not contain itself.
func NonNil[T any](v T) T {
	in := reflect.ValueOf(&v).Elem()
	in.Set(nonNil(in))
	return v
}

// nonNil returns the copy of one value.
func nonNil(v reflect.Value) reflect.Value {
	if v.Type().Implements(reflect.TypeFor[json.Marshaler]()) {
		return v
	}
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(nonNil(v.Elem()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(nonNil(v.Field(i)))
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			out.Index(i).Set(nonNil(v.Index(i)))
		}
	case reflect.Slice:
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(nonNil(v.Index(i)))
		}
	case reflect.Map:
		out.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
		for key, value := range v.Seq2() {
			out.SetMapIndex(key, nonNil(value))
		}
	}
	return out
}
