package license

import (
	"sync"
	"time"
)

// oneAtATime keeps goroutines from overwriting one another's mark.
var oneAtATime sync.Mutex

// VerifyGuarded is File.Verify by a clock that wins no time when it is set back. markFile keeps one line; it is made where
// it is missing, with its folder. Call it at least every few hours while the machine runs.
//
// Judged tells whether to warn of the clock though the license holds. The error is WrongClock where the clock has a part
// in it, UnreadableMark if the license holds and the mark cannot be kept.
func (f *File) VerifyGuarded(trust *Trust, device *Device, now time.Time, markFile string) (*License, Judged, error) {
	unverified, trust, err := f.unverified(trust)
	if err != nil {
		return nil, Judged{Time: now}, err
	}
	oneAtATime.Lock()
	defer oneAtATime.Unlock()
	mark, err := readText(markFile, longestMark+2)
	if err != nil {
		mark = ""
	}
	guard := NewClockGuard(trust, device, mark)
	seen := Observation{Now: now, Uptime: UptimeHere()}
	if signed, err := unverified.SignedAt(trust); err == nil {
		seen.License = signed
	}
	judged := guard.Observe(seen)
	kept := replaceFile(markFile, guard.Text()+"\n")
	license, err := judged.Verify(unverified, trust, device)
	if err == nil && kept != nil {
		return nil, judged, &Error{Outcome: UnreadableMark, cause: kept,
			sentence: "the mark of the clock cannot be kept: " + shown(kept.Error())}
	}
	return license, judged, err
}
