package license

import (
	"crypto/sha256"
	"encoding/base32"
	"regexp"
	"sort"
	"strings"
)

const (
	longestText = 5120
	recordSize  = 1 + digestSize
	checkSize   = 4
	privileged  = 0x80
)

// Component is one hardware fact, digested under the vendor's realm. A pseudonym: treat it as personal data.
type Component struct {
	Kind       Kind
	Digest     [digestSize]byte
	Privileged bool // read with rights that an ordinary user lacks
}

// fingerprint is what a DF1 text says: components by kind and digest, one anchor at least.
type fingerprint struct {
	realm      realmTag
	components []Component
}

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// tagOf is what stands for a realm in texts and licenses.
func tagOf(realm string) (tag realmTag) {
	key := sha256.Sum256([]byte("device-fingerprint/v1\x00" + realm))
	copy(tag[:], key[:])
	return tag
}

// ParseFingerprint reads the DF1 text that license-agent prints, without case; blanks, line breaks and dashes in it are
// passed over. Other texts, which a store may accept, are not read here: they are TextNotAlone.
func ParseFingerprint(realm, text string) ([]Component, error) {
	read, err := parseFingerprint(tagOf(realm), text)
	if err != nil {
		return nil, err
	}
	return append([]Component(nil), read.components...), nil
}

func parseFingerprint(realm realmTag, text string) (*fingerprint, error) {
	text = trimASCII(text)
	if text == "" {
		return nil, fault(TextMissing, "there is no device fingerprint; let license-agent print one")
	}
	if len(text) > longestText {
		return nil, fault(TextTooLong, "the fingerprint text is longer than %d bytes", longestText)
	}
	body := bareText(text)
	if otherVersion.MatchString(text) {
		return nil, fault(TextVersion, "the fingerprint is of a version that this program does not know; update it")
	}
	// Of the text itself, since dashes in the name are none of the format.
	if !strings.HasPrefix(body, "DF1") || bareText(text[:3]) != "DF1" {
		return nil, fault(TextNotAlone, "this is not the text that license-agent fingerprint prints, which begins DF1-")
	}
	bytes, err := base32Text.DecodeString(body[3:])
	// The decoder lets bits pass that belong to no byte.
	if err != nil || base32Text.EncodeToString(bytes) != body[3:] {
		return nil, brokenText()
	}
	records := len(bytes) - tagSize - checkSize
	if records < 0 || records%recordSize != 0 {
		return nil, brokenText()
	}
	sum := sha256.Sum256(bytes[:tagSize+records])
	if string(sum[:checkSize]) != string(bytes[tagSize+records:]) {
		return nil, brokenText()
	}
	var found realmTag
	copy(found[:], bytes)
	if found != realm {
		return nil, fault(TextRealm, "the fingerprint was made for another vendor; collect it with this vendor's agent")
	}
	return readRecords(found, bytes[tagSize:tagSize+records])
}

// bareText is a text in upper case without what people and programs put between. ASCII alone: no other letter is Base32.
func bareText(text string) string {
	bare := make([]byte, 0, len(text))
	for _, char := range []byte(text) {
		switch {
		case char == '-' || char == ' ' || char == '\t' || char == '\n' || char == '\f' || char == '\r':
		case 'a' <= char && char <= 'z':
			bare = append(bare, char-'a'+'A')
		default:
			bare = append(bare, char)
		}
	}
	return string(bare)
}

// otherVersion is a text that begins as one of another version does.
var otherVersion = regexp.MustCompile(`(?i)^DF(?:[02-9]|1[0-9]|[0-9]{2,})[0-9]*-[-A-Z2-7\t\n\f\r ]*$`)

func brokenText() *Error {
	return fault(TextChecksum, "the fingerprint text is incomplete or mistyped; copy all of it again")
}

// readRecords reads kind bytes and digests; faults in the order of the format.
func readRecords(realm realmTag, bytes []byte) (*fingerprint, error) {
	var components []Component
	inOrder := true
	for at := 0; at < len(bytes); at += recordSize {
		record := bytes[at : at+recordSize]
		component := Component{Kind: Kind(record[0] &^ privileged), Privileged: record[0]&privileged != 0}
		copy(component.Digest[:], record[1:])
		if !component.Kind.isKnown() {
			return nil, fault(TextVersion, "the fingerprint is of a version that this program does not know; update it")
		}
		inOrder = inOrder && (at == 0 || string(bytes[at-recordSize:at]) < string(record))
		components = append(components, component)
	}
	if !inOrder {
		return nil, fault(TextMalformed, "the fingerprint is malformed: the components are not in order")
	}
	read := &fingerprint{realm, unique(components)}
	if err := read.check(); err != nil {
		return nil, err
	}
	if len(read.components) != len(components) {
		return nil, fault(TextMalformed, "the fingerprint is malformed: a component is there twice")
	}
	return read, nil
}

// unique sorts by kind and digest; what was read with rights and without needed none.
func unique(components []Component) []Component {
	sorted := append([]Component(nil), components...)
	sort.SliceStable(sorted, func(a, b int) bool {
		x, y := sorted[a].one(), sorted[b].one()
		if x != y {
			return x.less(y)
		}
		return !sorted[a].Privileged && sorted[b].Privileged
	})
	var out []Component
	for at, component := range sorted {
		if at == 0 || component.one() != sorted[at-1].one() {
			out = append(out, component)
		}
	}
	return out
}

// DigestText is the digest in base64url.
func (c Component) DigestText() string { return encodeBase64(c.Digest[:]) }

func (c Component) one() oneDigest { return oneDigest{c.Kind, c.Digest} }

func (f *fingerprint) check() error {
	counts := map[Kind]int{}
	anchored := false
	for _, component := range f.components {
		counts[component.Kind]++
		anchored = anchored || component.Kind.isAnchor()
	}
	for kind := Mac; kind <= Custom; kind++ {
		if counts[kind] > kind.limit() {
			return fault(TextTooMany, "the fingerprint lists %d values of kind %s, at most %d are accepted",
				counts[kind], kind, kind.limit())
		}
	}
	if counts[Custom] > 0 && len(f.components) > 1 {
		return fault(TextMalformed, "the fingerprint is malformed: a custom id stands alone")
	}
	if !anchored {
		return fault(TextNoAnchor, "nothing in the fingerprint names one machine; collect with more rights")
	}
	return nil
}
