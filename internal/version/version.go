// Package version reads the version of this module from the running program.
//
// It holds no other build information. Extend it only with facts that the Go
// toolchain stamps into a binary.
package version

import "runtime/debug"

// module is the path of this module.
const module = "github.com/cvconform/cvconform"

// Read returns the module's version and the revision it was built from, as the
// Go toolchain stamped them. If it stamped none, Read returns "devel" and "".
func Read() (version, revision string) {
	version = "devel"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version, ""
	}
	modules := append([]*debug.Module{&info.Main}, info.Deps...)
	for _, m := range modules {
		if m.Path == module && m.Version != "" && m.Version != "(devel)" {
			version = m.Version
		}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && info.Main.Path == module {
			revision = s.Value
		}
	}
	return version, revision
}
