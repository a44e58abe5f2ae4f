package license

import (
	"errors"
	"fmt"
	"strings"
)

// Outcome is what a check came to: a number that is the same in every language and for ever.
//
// Below 10 a license holds; 10 to 29 it does not; 30 to 39 a text is no fingerprint; 40 to 49 a key set is not taken; from
// 50 on something that was handed over cannot be used; from 100 on the numbers are this package's own.
type Outcome uint16

const (
	Active             Outcome = 0   // the license holds
	Grace              Outcome = 1   // it is over and still works: the buyer should renew
	Malformed          Outcome = 10  // no license in a form that is understood
	UnknownKey         Outcome = 11  // signed with a key that is not trusted
	Signature          Outcome = 12  // changed or forged
	Issuer             Outcome = 13  // another vendor's
	Product            Outcome = 14  // for another product
	NotYetValid        Outcome = 15  // it begins later
	Expired            Outcome = 16  // over, grace included
	WrongDevice        Outcome = 17  // bound to another machine, or too much of this one was changed
	NeedsPrivileges    Outcome = 18  // bound to facts that take rights to read
	TestLicense        Outcome = 19  // a test license where real ones are asked for
	RealLicense        Outcome = 20  // a real license where test ones are asked for
	Possession         Outcome = 21  // it is not shown that this machine has the license's key
	WrongClock         Outcome = 22  // over or not begun, and the clock is wrong
	TextMissing        Outcome = 30  // there is no fingerprint text
	TextNotAlone       Outcome = 32  // something around it, or another text than the agent's
	TextNoAnchor       Outcome = 33  // nothing in it names one machine
	TextTooMany        Outcome = 34  // more values than one machine may list
	TextChecksum       Outcome = 35  // mistyped or cut
	TextRealm          Outcome = 36  // made for another vendor
	TextVersion        Outcome = 37  // of a newer program
	TextMalformed      Outcome = 38  // intact, but not what the format allows
	TextTooLong        Outcome = 39  // over 5,120 bytes
	KeySetMalformed    Outcome = 40  // no key set in a form that is understood
	KeySetUnknownKey   Outcome = 41  // signed with a key that is not trusted
	KeySetSignature    Outcome = 42  // changed or forged
	KeySetIssuer       Outcome = 43  // another vendor's
	KeySetOld          Outcome = 44  // not newer than the last one
	UnusableTrust      Outcome = 50  // a vendor file or a key that cannot be used
	UnreadableDevice   Outcome = 51  // a device that cannot be read
	NameTooLong        Outcome = 52  // the product code cannot name a file
	NotInstalled       Outcome = 53  // no license lies where one is looked for
	UnreadableFile     Outcome = 54  // it is there and cannot be read
	AgentNotFound      Outcome = 100 // license-agent is neither beside the program nor on the path
	AgentFailed        Outcome = 101 // license-agent gave no answer in time, or none that is one
	UnreadableMark     Outcome = 102 // the file of the clock's mark cannot be written
	MalformedChallenge Outcome = 103 // a challenge that is none
)

var words = map[Outcome]string{
	Active: "active", Grace: "grace", Malformed: "malformed", UnknownKey: "unknown-key", Signature: "signature",
	Issuer: "issuer", Product: "product", NotYetValid: "not-yet-valid", Expired: "expired", WrongDevice: "device",
	NeedsPrivileges: "needs-privileges", TestLicense: "test-license", RealLicense: "real-license",
	Possession: "possession", WrongClock: "clock", TextMissing: "missing", TextNotAlone: "not-alone",
	TextNoAnchor: "no-anchor", TextTooMany: "too-many", TextChecksum: "checksum", TextRealm: "realm",
	TextVersion: "version", TextMalformed: "malformed", TextTooLong: "too-long", KeySetMalformed: "malformed",
	KeySetUnknownKey: "unknown-key", KeySetSignature: "signature", KeySetIssuer: "issuer", KeySetOld: "old",
	UnusableTrust: "unusable-trust", UnreadableDevice: "unreadable-device", NameTooLong: "name-too-long",
	NotInstalled: "not-installed", UnreadableFile: "unreadable-file", AgentNotFound: "agent-not-found",
	AgentFailed: "agent-failed", UnreadableMark: "unreadable-mark", MalformedChallenge: "malformed-challenge",
}

// String is its stable word. Words of different subjects may be the same: a license and a key set can be malformed.
func (o Outcome) String() string {
	if word, ok := words[o]; ok {
		return word
	}
	return fmt.Sprintf("outcome %d", uint16(o))
}

// Holds says whether a license holds, in grace or not.
func (o Outcome) Holds() bool { return o == Active || o == Grace }

// Error is the only kind of error here: the first check that failed.
type Error struct {
	Outcome Outcome
	// Verdict compares licensed device and machine, where Outcome is WrongDevice or NeedsPrivileges.
	Verdict *Verdict
	// Proof is the stable word for why a proof proves nothing, where Outcome is Possession.
	Proof string
	// Clock is what is wrong with the clock, where Outcome is WrongClock.
	Clock ClockVerdict

	sentence string
	cause    error
}

// Error is one sentence; with a verdict, a line for each part follows.
func (e *Error) Error() string {
	if e.Verdict != nil {
		return e.sentence + ":\n" + e.Verdict.String()
	}
	return e.sentence
}

// Unwrap is what the system or the time window had against it, if anything.
func (e *Error) Unwrap() error { return e.cause }

// Is says whether target is an *Error with the same outcome, for errors.Is.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Outcome == e.Outcome
}

func fault(outcome Outcome, format string, values ...any) *Error {
	return &Error{Outcome: outcome, sentence: fmt.Sprintf(format, values...)}
}

// OutcomeOf is the outcome of an error of this package; false for any other error.
func OutcomeOf(err error) (Outcome, bool) {
	var known *Error
	if errors.As(err, &known) {
		return known.Outcome, true
	}
	return 0, false
}

// Explain says to a buyer, in one or two sentences, what is wrong and what helps; nothing where nothing is.
func Explain(err error) string {
	if err == nil {
		return ""
	}
	var known *Error
	if !errors.As(err, &known) {
		return err.Error()
	}
	sentence := capital(known.sentence)
	if !strings.HasSuffix(sentence, "?") {
		sentence += "."
	}
	return trimASCII(sentence + " " + known.Advice())
}

// Advice is what a buyer can do about it; empty where only the maker of the program can.
func (e *Error) Advice() string {
	switch e.Outcome {
	case Malformed, Signature:
		return "Install the license file again as the vendor sent it."
	case UnknownKey:
		return "Renew the license, or ask the vendor for a new one."
	case Issuer, Product:
		return "Install the license that belongs to this product."
	case NotYetValid:
		return "If the clock of this machine is wrong, set it right."
	case Expired:
		return "Renew the license. If the clock of this machine is wrong, set it right."
	case WrongDevice:
		return "Activate this machine with your activation code, or ask the vendor for a license for it."
	case NeedsPrivileges:
		return "Run the program with an administrator's rights, or let its user read the machine's hardware."
	case TestLicense, RealLicense:
		return "Ask the vendor for the other kind of license."
	case Possession:
		return "Activate this machine with your activation code."
	case WrongClock:
		return "The license counts again when the clock is right."
	case NotInstalled:
		return "Activate this machine with your activation code, or install the license file that you were sent."
	case UnreadableFile:
		return "Let the user of this program read the file."
	case AgentNotFound, AgentFailed:
		return "Install the program again."
	}
	return ""
}

// misleads says whether a character moves, hides or turns around what is shown beside it.
func misleads(char rune) bool {
	switch {
	case char < ' ', 0x7f <= char && char <= 0x9f, char == 0xad, char == 0x34f, char == 0x61c,
		0x115f <= char && char <= 0x1160, char == 0x180e, 0x200b <= char && char <= 0x200f,
		0x2028 <= char && char <= 0x202e, 0x2060 <= char && char <= 0x206f, char == 0x3164, char == 0xfeff,
		0xfff9 <= char && char <= 0xfffb, 0xe0000 <= char && char <= 0xe007f:
		return true
	}
	return false
}

// shown is a text from outside on its way to a screen: what would mislead is spelled out.
func shown(text string) string {
	var out strings.Builder
	for _, char := range text {
		if misleads(char) {
			fmt.Fprintf(&out, "\\u{%x}", char)
		} else {
			out.WriteRune(char)
		}
	}
	return out.String()
}

func capital(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
