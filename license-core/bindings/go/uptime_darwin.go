package license

import (
	"encoding/binary"
	"syscall"
	"time"
)

// UptimeHere is how long this machine has been running; nil where the system does not say.
func UptimeHere() *Uptime {
	// A timeval; what comes as a text lacks zeros at its end.
	text, err := syscall.Sysctl("kern.boottime")
	if err != nil {
		return nil
	}
	var secs [8]byte
	copy(secs[:], text)
	ran := time.Now().Unix() - int64(binary.LittleEndian.Uint64(secs[:]))
	if ran < 0 || ran > 1e10 {
		return nil
	}
	return NewUptime(time.Duration(ran)*time.Second, "")
}
