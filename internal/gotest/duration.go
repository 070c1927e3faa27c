package gotest

import (
	"reflect"
	"testing"
	"time"
	"unsafe"
)

// SetDuration sets the time that a test has taken so far, which the output of go test shows. A subtest that reports
// the result of earlier work has that work's duration. Package testing has no function for it, so SetDuration sets the
// field of [testing.T]; it does nothing if a later version of Go has no such field.
func SetDuration(t *testing.T, d time.Duration) {
	field := reflect.ValueOf(t).Elem().FieldByName("duration")
	if field.IsValid() && field.Type() == reflect.TypeFor[time.Duration]() {
		*(*time.Duration)(unsafe.Pointer(field.UnsafeAddr())) = d
	}
}
