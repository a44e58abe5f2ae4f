//go:build unix

package license

import (
	"errors"
	"syscall"
)

// isNoFolder says whether a part of a path is a file and no folder, so that nothing can lie below it.
func isNoFolder(err error) bool { return errors.Is(err, syscall.ENOTDIR) }
