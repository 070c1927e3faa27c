package steps

import "runtime/debug"

// module is the path of this module.
const module = "github.com/cvconform/cvconform"

// Version returns the module's version and the revision that it was built from,
// as the Go toolchain stamped them; "devel" and "" where it did not.
func Version() (version, revision string) {
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
