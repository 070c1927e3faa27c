package gotest

import (
	"os"
	"path/filepath"
	"strings"
)

// PreventCaching makes the go command run the test again, instead of repeating its result, although nothing in its
// module has changed.
//
// The go command caches a result together with the files of the module that the test looked at, and uses it as long as
// they are the same. PreventCaching looks at the executable of the test, which the go command deletes after the test,
// by a path that begins with the folder of the module: …/module/../../tmp/go-build1/b001/module.test. It does nothing
// if the two are on different volumes of Windows.
func PreventCaching() {
	folder, err := os.Getwd()
	if err != nil {
		return
	}
	executable, err := os.Executable()
	if err != nil || filepath.VolumeName(executable) != filepath.VolumeName(folder) {
		return
	}
	separator := string(filepath.Separator)
	toRoot := strings.Repeat(separator+"..", len(folder)) // more often than necessary has the same effect
	_, _ = os.Stat(folder + toRoot + strings.TrimPrefix(executable, filepath.VolumeName(executable)))
}
