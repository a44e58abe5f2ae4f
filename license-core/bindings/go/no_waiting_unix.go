//go:build unix

package license

import "syscall"

// noWaiting opens a pipe at once.
const noWaiting = syscall.O_NONBLOCK
