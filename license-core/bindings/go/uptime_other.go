//go:build !linux && !windows && !darwin

package license

// UptimeHere is how long this machine has been running; nil where the system does not say.
func UptimeHere() *Uptime { return nil }
