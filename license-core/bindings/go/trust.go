package license

// Trust is the vendor, the product and the keys that a license must agree with. It is never changed: what adds to it gives
// another one.
type Trust struct {
	issuer, product, realm, server string
	hasServer                      bool
	tag                            realmTag
	keys                           KeyRing // what counts: those of the vendor file, and what was learned
	ownKeys                        KeyRing
	learned                        learnedKeys
	test, possession               bool
}

// NewTrust accepts real licenses of issuer for the product code product, signed by one of keys, for devices of realm.
func NewTrust(issuer, product, realm string, keys KeyRing) *Trust {
	own := append(KeyRing(nil), keys...)
	return &Trust{issuer: issuer, product: product, realm: realm, tag: tagOf(realm), keys: own, ownKeys: own}
}

// AcceptingTest is the same trust for test licenses, or for real ones.
func (t *Trust) AcceptingTest(test bool) *Trust {
	other := *t
	other.test = test
	return &other
}

// RequiringPossession is the same trust for licenses whose machine proves that it has the key they name: a copied file is
// then no copied license. Only VerifyWithProof passes under it.
func (t *Trust) RequiringPossession() *Trust {
	other := *t
	other.possession = true
	return &other
}

// Learn takes in signed key sets, one on a line and the oldest first, as license-agent keeps them beside the license.
//
// Nothing in the text is believed by itself: a set counts only if it is signed with a key that is trusted already, comes
// from the same vendor and is newer than the last one. The trust that comes back has what could be taken, also beside an
// error, which says why the last set was not.
func (t *Trust) Learn(sets string) (*Trust, error) {
	other := *t
	var err error
	other.learned, err = t.learned.extend(t.ownKeys, t.issuer, sets)
	other.keys = other.learned.with(t.ownKeys)
	return &other, err
}

// LearnedKeys are the key sets that were taken in, one on a line and the oldest first.
func (t *Trust) LearnedKeys() string { return t.learned.String() }

// Keys are the thumbprints of the keys that licenses are verified with.
func (t *Trust) Keys() []KeyID {
	ids := make([]KeyID, 0, len(t.keys))
	for _, key := range t.keys {
		ids = append(ids, key.id)
	}
	return ids
}

// Issuer is the vendor whose licenses are accepted.
func (t *Trust) Issuer() string { return t.issuer }

// Product is the product code that is asked for.
func (t *Trust) Product() string { return t.product }

// Realm is the name under which device digests are made.
func (t *Trust) Realm() string { return t.realm }

// Server is where an agent reaches the vendor's server, as the vendor file has it; empty where it has none.
func (t *Trust) Server() string { return t.server }

// LookupServer is Server, and whether the vendor file has one, be it an empty one.
func (t *Trust) LookupServer() (server string, found bool) { return t.server, t.hasServer }

// AcceptsTest says whether test licenses are accepted in place of real ones.
func (t *Trust) AcceptsTest() bool { return t.test }
