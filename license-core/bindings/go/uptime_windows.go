package license

import (
	"syscall"
	"time"
)

var tickCount = syscall.NewLazyDLL("kernel32.dll").NewProc("GetTickCount64")

// UptimeHere is how long this machine has been running; nil where the system does not say.
func UptimeHere() *Uptime {
	if tickCount.Find() != nil {
		return nil
	}
	low, high, _ := tickCount.Call()
	millis := uint64(low)
	if ^uintptr(0)>>32 == 0 {
		millis |= uint64(high) << 32 // a 32-bit program gets it in two halves
	}
	// Whole seconds, as other readers of the same mark count.
	return NewUptime(time.Duration(millis/1000)*time.Second, "")
}
