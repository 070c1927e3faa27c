package azurite

import "syscall"

// newProcessGroup keeps Ctrl-C in the terminal from the process, because its owner stops it after its own clean-up.
func newProcessGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
