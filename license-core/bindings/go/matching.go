package license

import (
	"fmt"
	"strings"
)

// PartOutcome is what became of one licensed kind.
type PartOutcome string

const (
	Matched    PartOutcome = "matched"    // all its licensed values are there
	Partly     PartOutcome = "partly"     // some of them are
	Changed    PartOutcome = "changed"    // the machine has other values of this kind
	Missing    PartOutcome = "missing"    // it shows none
	Unreadable PartOutcome = "unreadable" // the system would not show them to this user
)

// Part is one licensed kind and how it compares.
type Part struct {
	Kind    Kind
	Weight  int // 1 to 100
	Outcome PartOutcome
	Matched int // how many of its licensed values are there
	Of      int // how many are licensed
}

// Verdict is how much of the licensed device a machine still is.
type Verdict struct {
	Passes bool
	// Score is the matched share of the licensed weight in per cent, rounded down; 0 or 100 for an opaque id.
	Score int
	// NeedsPrivileges: it failed only because facts are missing that take rights to read.
	NeedsPrivileges bool
	// Opaque: bound to an id of the vendor's own, which has no parts.
	Opaque bool
	// Parts are the licensed kinds, by their numbers.
	Parts []Part
}

// String is a line for each licensed kind, or one for an opaque id.
func (v *Verdict) String() string {
	if v.Opaque {
		if v.Passes {
			return "device id  matched"
		}
		return "device id  another one"
	}
	lines := make([]string, 0, len(v.Parts))
	for _, part := range v.Parts {
		line := fmt.Sprintf("%-7s %-8s weight %d", part.Kind, part.Outcome, part.Weight)
		if part.Outcome == Partly {
			line += fmt.Sprintf(", %d of %d", part.Matched, part.Of)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// twelfths of a weight, split evenly over one to four digests, are whole numbers.
const twelfths = 12

// Check compares the licensed device with a machine, in whole numbers; nil is one on which nothing usable was found.
// Digests of another realm match nothing.
func (b *Binding) Check(device *Device) *Verdict {
	if device == nil {
		device = &Device{}
	}
	if b.opaque != nil {
		// No device here is an opaque id: such texts are not read.
		return &Verdict{Opaque: true}
	}
	isOurs := device.fingerprint != nil && device.fingerprint.realm == b.realm
	verdict := &Verdict{}
	var total, score, missing, unreadable uint64
	anchored := false
	for _, row := range b.rows {
		part := Part{Kind: row.kind, Weight: int(row.weight), Of: len(row.digests)}
		for _, digest := range row.digests {
			if isOurs && device.has(oneDigest{row.kind, digest}) {
				part.Matched++
			}
		}
		full := row.weight * twelfths
		switch {
		case part.Matched == part.Of:
			part.Outcome = Matched
		case part.Matched > 0:
			part.Outcome = Partly
		case device.shows(row.kind):
			part.Outcome = Changed
		case device.unreadable[row.kind]:
			part.Outcome = Unreadable
			unreadable += full
		default:
			part.Outcome = Missing
			missing += full
		}
		total += full
		score += full / uint64(part.Of) * uint64(part.Matched)
		anchored = anchored || (part.Matched > 0 && row.kind.isAnchor())
		verdict.Parts = append(verdict.Parts, part)
	}
	enough := func(points uint64) bool { return points*100 >= b.min*total }
	unread := unreadable
	if b.privileged && !device.privileged {
		// What is missing may be what was not read for want of rights.
		unread += missing
	}
	verdict.Passes = anchored && enough(score)
	verdict.Score = int(score * 100 / total)
	verdict.NeedsPrivileges = unread > 0 && !verdict.Passes && enough(score+unread)
	return verdict
}
