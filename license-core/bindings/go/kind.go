package license

// Kind is what a fact says about a machine. Its number is the byte of binary forms.
type Kind uint8

const (
	Mac    Kind = 1 + iota // permanent address of a network card
	Disk                   // serial number or world-wide name of a built-in disk
	Board                  // serial number of the main board
	CPU                    // processor model: evidence, never counted
	System                 // SMBIOS system UUID
	OS                     // installation id of the operating system
	Cloud                  // instance id given by a cloud
	TPM                    // SHA-256 of the public area of the TPM's endorsement key
	Custom                 // an id that the operator set; stands alone
)

var kindNames = [...]string{"", "mac", "disk", "board", "cpu", "system", "os", "cloud", "tpm", "custom"}

// String is the name that licenses use.
func (k Kind) String() string {
	if k.isKnown() {
		return kindNames[k]
	}
	return "unknown"
}

func (k Kind) isKnown() bool { return Mac <= k && k <= Custom }

// isAnchor says whether it names one machine rather than a model.
func (k Kind) isAnchor() bool { return k != CPU }

// limit is how many values of it one fingerprint may hold.
func (k Kind) limit() int {
	if k == Mac || k == Disk {
		return 4
	}
	return 1
}

func parseKind(name string) (Kind, bool) {
	for at := Mac; at <= Custom; at++ {
		if kindNames[at] == name {
			return at, true
		}
	}
	return 0, false
}

// sizes of digests and ids, in bytes
const (
	tagSize    = 4
	digestSize = 10
	opaqueSize = 32
)

type (
	realmTag [tagSize]byte
	digest   [digestSize]byte
)

// oneDigest is a digest with its kind.
type oneDigest struct {
	kind   Kind
	digest digest
}

func (a oneDigest) less(b oneDigest) bool {
	if a.kind != b.kind {
		return a.kind < b.kind
	}
	return string(a.digest[:]) < string(b.digest[:])
}
