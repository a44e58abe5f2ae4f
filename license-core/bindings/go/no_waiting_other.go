//go:build !unix

package license

// noWaiting opens a pipe at once; elsewhere none lies among files.
const noWaiting = 0
