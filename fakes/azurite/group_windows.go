package azurite

import "syscall"

// ownGroup keeps an interrupt from the terminal (Ctrl-C) from the process: the harness ends it after its clean-up.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
