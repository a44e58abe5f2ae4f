package license

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
)

const (
	clockTolerance = 86_400           // seconds by which a clock may be earlier than the mark without being named
	slack          = 100              // a hundredth of running time is not demanded of the clock
	longestRun     = 366 * 86_400_000 // more running time between two looks is a fault of the count
	lastMark       = lastSecond*1000 + 999
	earliest       = 1_767_225_600 // the beginning of 2026: no right clock showed less since this was written
	longestMark    = 160
)

// ClockFault is what to think of the machine's clock.
type ClockFault int

const (
	ClockFine   ClockFault = iota // nothing speaks against it
	ClockBehind                   // it was set back
	ClockNotSet                   // it shows a time at which a machine starts that has no clock of its own
	ClockAhead                    // it is later than the server's
)

// ClockVerdict is what to think of the machine's clock, and by how much at least it is wrong.
type ClockVerdict struct {
	Fault ClockFault
	By    time.Duration // at most some 290 years
}

// IsFine says whether nothing speaks against the clock.
func (v ClockVerdict) IsFine() bool { return v.Fault == ClockFine }

// String is a sentence for the machine's user that says what to do.
func (v ClockVerdict) String() string {
	by := spanInWords(v.By)
	switch v.Fault {
	case ClockBehind:
		return "the clock of this machine was set back by " + by + " or more: set it right"
	case ClockNotSet:
		return "the clock of this machine is not set, it is " + by + " or more behind: set it right"
	case ClockAhead:
		return "the clock of this machine is " + by + " ahead of the server's: set it right"
	}
	return "nothing speaks against the clock of this machine"
}

// spanInWords is a length of time, cut to whole hours, days or years.
func spanInWords(span time.Duration) string {
	switch hours := int64(span / time.Hour); {
	case hours < 48:
		return fmt.Sprintf("%d hours", hours)
	case hours < 17_520:
		return fmt.Sprintf("%d days", hours/24)
	default:
		return fmt.Sprintf("%d years", hours/8_766)
	}
}

// Uptime is how long the machine has been running, by a count that nobody sets.
type Uptime struct {
	ran   int64    // milliseconds
	start *[8]byte // which start of which machine, if it has a name
}

// NewUptime is counted from a start that bootID names; an empty one names none.
func NewUptime(ran time.Duration, bootID string) *Uptime {
	uptime := &Uptime{ran: ran.Milliseconds()}
	if bootID = strings.TrimSpace(bootID); bootID != "" {
		hash := sha256.Sum256([]byte(bootID))
		uptime.start = new([8]byte)
		copy(uptime.start[:], hash[:])
	}
	return uptime
}

// since is milliseconds since an earlier reading; false where the count began anew in between.
func (u *Uptime) since(before *Uptime) (int64, bool) {
	if u == nil || before == nil || (u.start == nil) != (before.start == nil) ||
		(u.start != nil && *u.start != *before.start) || u.ran < before.ran {
		return 0, false
	}
	return u.ran - before.ran, true
}

// Observation is what is known at one moment.
type Observation struct {
	// Now is what the machine's clock says.
	Now time.Time
	// Uptime is how long the machine has been running; nil if it is not known. See UptimeHere.
	Uptime *Uptime
	// License is when the newest license that is genuine was signed, over or not; zero if there is none.
	License time.Time
	// Server is the date of an answer that the server gave just now, over a connection that is trusted; zero if none did.
	Server time.Time
	// Earliest is a time before which no right clock can be, such as that of the program's build; zero: 2026.
	Earliest time.Time
}

// Judged is the time that a license is to be judged by, and the verdict on the clock.
type Judged struct {
	Time    time.Time
	Verdict ClockVerdict
}

// ClockGuard keeps the mark of one product on one machine: it is at least that late, whatever the clock says. It reads no
// clock and no file. docs/clock.md has the rules, and what defeats it. Not to be used by several goroutines at once.
type ClockGuard struct {
	key      [32]byte
	mark     int64 // milliseconds since 1970
	uptime   *Uptime
	wasRight bool // whether the clock was right since the machine started
}

// NewClockGuard goes on with the mark of a text, or without one where it is missing, damaged, or of another machine or
// product.
func NewClockGuard(trust *Trust, device *Device, text string) *ClockGuard {
	return restoreClock(clockKey(trust, device), text)
}

func restoreClock(key [32]byte, text string) *ClockGuard {
	guard := &ClockGuard{key: key}
	if read := readMark(key, trimASCII(text)); read != nil {
		guard = read
	}
	return guard
}

// clockKey is made of what names product and installation, and stays when parts are changed.
func clockKey(trust *Trust, device *Device) [32]byte {
	hasher := sha256.New()
	fmt.Fprintf(hasher, "clock-guard/v1\x00%s\x00%s\x00%s", trust.issuer, trust.product, trust.tag[:])
	if device != nil && device.fingerprint != nil {
		for _, component := range device.fingerprint.components {
			if component.Kind == OS || component.Kind == Custom {
				hasher.Write([]byte{byte(component.Kind)})
				hasher.Write(component.Digest[:])
			}
		}
	}
	var key [32]byte
	hasher.Sum(key[:0])
	return key
}

// Mark is how late it is at least, as far as is known.
func (g *ClockGuard) Mark() time.Time { return time.Unix(g.mark/1000, 0).UTC() }

// Observe moves the mark, then judges the clock by it. Keep the Text afterwards.
func (g *ClockGuard) Observe(seen Observation) Judged {
	ran, sameStart := seen.Uptime.since(g.uptime)
	if ran > longestRun {
		ran = 0
	}
	// The license's time and the earliest one, the later of both.
	floor := int64(earliest) * 1000
	if !seen.Earliest.IsZero() {
		floor = millis(seen.Earliest)
	}
	if signed := millis(seen.License); !seen.License.IsZero() && signed > floor {
		floor = signed
	}
	floor = clamp(floor, 0, lastMark)
	moved := clamp(millis(seen.Now), g.mark+ran-ran/slack, g.mark+ran)
	if !seen.Server.IsZero() {
		moved = millis(seen.Server)
	}
	g.mark = clamp(moved, floor, lastMark)

	wasRight := g.wasRight && sameStart
	judged := g.judge(seen, floor, wasRight)
	isEarly := judged.Verdict.Fault == ClockBehind || judged.Verdict.Fault == ClockNotSet
	g.wasRight = wasRight || !isEarly
	g.uptime = seen.Uptime
	return judged
}

func (g *ClockGuard) judge(seen Observation, floor int64, wasRight bool) Judged {
	now, mark := seen.Now.Unix(), g.mark/1000
	later, by := now, now-mark
	if mark > now {
		later, by = mark, mark-now
	}
	verdict := func(fault ClockFault) ClockVerdict {
		return ClockVerdict{fault, time.Duration(clamp(by, 0, 1<<33)) * time.Second}
	}
	judged := Judged{Time: time.Unix(later, 0).UTC()}
	switch {
	case now >= mark-clockTolerance:
		if !seen.Server.IsZero() && now > mark+clockTolerance {
			return Judged{time.Unix(mark, 0).UTC(), verdict(ClockAhead)}
		}
	case millis(seen.Now) < floor && !wasRight:
		judged.Verdict = verdict(ClockNotSet)
	default:
		judged.Verdict = verdict(ClockBehind)
	}
	return judged
}

// Verify verifies at the judged time. Where the time window fails and the clock is wrong, the error is WrongClock.
func (j Judged) Verify(license *Unverified, trust *Trust, device *Device) (*License, error) {
	verified, err := license.Verify(trust, device, j.Time)
	outcome, _ := OutcomeOf(err)
	if err == nil || j.Verdict.IsFine() || (outcome != Expired && outcome != NotYetValid) {
		return verified, err
	}
	or := " or later"
	if j.Verdict.Fault == ClockAhead {
		or = ""
	}
	why, _, _ := strings.Cut(err.Error(), ";")
	return nil, &Error{Outcome: WrongClock, Clock: j.Verdict, cause: err,
		sentence: fmt.Sprintf("%s. It is %s%s, and %s", j.Verdict, date(j.Time.Unix()), or, why)}
}

func millis(time time.Time) int64 {
	secs := time.Unix()
	return clamp(secs, -1<<53, 1<<53) * 1000
}

func clamp(value, least, most int64) int64 {
	if value < least {
		return least
	}
	if value > most {
		return most
	}
	return value
}
