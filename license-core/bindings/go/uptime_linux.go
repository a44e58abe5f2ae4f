package license

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// UptimeHere is how long this machine has been running; nil where the system does not say. The start is named by the
// kernel's boot id.
func UptimeHere() *Uptime {
	counts, err := readText("/proc/uptime", 256)
	if err != nil {
		return nil
	}
	first, _, _ := strings.Cut(strings.TrimSpace(counts), " ")
	secs, err := strconv.ParseFloat(first, 64)
	if err != nil || math.IsNaN(secs) || secs < 0 || secs > 1e10 {
		return nil
	}
	id, _ := readText("/proc/sys/kernel/random/boot_id", 256)
	return NewUptime(time.Duration(math.Round(secs*1000))*time.Millisecond, id)
}
