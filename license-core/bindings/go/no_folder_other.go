//go:build !unix

package license

// isNoFolder says whether a part of a path is a file and no folder; such paths do not exist elsewhere.
func isNoFolder(error) bool { return false }
