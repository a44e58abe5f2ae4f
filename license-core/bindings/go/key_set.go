package license

import "strings"

const (
	mostKeys       = 32
	mostDistrusted = 64
	mostKeySets    = 16
	mostSequence   = 1<<53 - 1
)

// learnedKeys are the key sets that were taken, the oldest first: each is signed with a key of the vendor file or of the
// set before it. Never changed in place.
type learnedKeys struct {
	links      []keySet
	distrusted []KeyID // every key that any of them distrusted: none comes back
}

// keySet is the vendor's keys at one time, as the key that signs tells them.
type keySet struct {
	token      string
	signer     KeyID
	issuer     string
	sequence   uint64
	keys       KeyRing
	distrusted []KeyID
}

// String is one set on a line.
func (l learnedKeys) String() string {
	var out strings.Builder
	for _, link := range l.links {
		out.WriteString(link.token + "\n")
	}
	return out.String()
}

// extend takes the sets of a text, one on a line; the error says why the last one was not taken.
func (l learnedKeys) extend(own KeyRing, issuer, sets string) (learnedKeys, error) {
	var last error
	count := 0
	for line, more := "", sets != ""; more; {
		line, sets, more = strings.Cut(sets, "\n")
		if line = trimASCII(line); line == "" {
			continue
		}
		if count++; count > mostKeySets {
			return l, tooManySets()
		}
		if len(l.links) > 0 && l.links[len(l.links)-1].token == line {
			last = nil
			continue
		}
		l, last = l.add(own, issuer, line)
	}
	return l, last
}

// with are the keys that count beside those of the vendor file, without the distrusted ones of either.
func (l learnedKeys) with(own KeyRing) KeyRing {
	all := own
	if len(l.links) > 0 {
		all = append(append(KeyRing(nil), own...), l.links[len(l.links)-1].keys...)
	}
	var trusted KeyRing
	for _, key := range all {
		if !contains(l.distrusted, key.id) {
			trusted = trusted.with(key)
		}
	}
	return trusted
}

func (l learnedKeys) add(own KeyRing, issuer, token string) (learnedKeys, error) {
	set, err := verifyKeySet(token, l.with(own), issuer)
	if err != nil {
		return l, err
	}
	longer := learnedKeys{append([]keySet(nil), l.links...), append([]KeyID(nil), l.distrusted...)}
	if end := len(longer.links) - 1; end >= 0 {
		last := longer.links[end]
		if set.sequence <= last.sequence {
			return l, fault(KeySetOld, "the key set has the number %d, and %d is known already", set.sequence, last.sequence)
		}
		// The newest set of a key says all that its older ones said, so one of each signer is enough.
		if last.signer == set.signer && containsAll(set.distrusted, last.distrusted) {
			longer.links = longer.links[:end]
		}
	}
	for _, id := range set.distrusted {
		if !contains(longer.distrusted, id) {
			longer.distrusted = append(longer.distrusted, id)
		}
	}
	longer.links = append(longer.links, *set)
	if len(longer.links) > mostKeySets {
		first := longer.links[0]
		longer.links = longer.links[1:]
		var saidAgain []KeyID
		for _, link := range longer.links {
			saidAgain = append(saidAgain, link.distrusted...)
		}
		if !longer.holdsTogether(own) || !containsAll(saidAgain, first.distrusted) {
			return l, tooManySets()
		}
	}
	return longer, nil
}

// holdsTogether says whether each set is vouched for by the vendor file or the set before it.
func (l learnedKeys) holdsTogether(own KeyRing) bool {
	for at, link := range l.links {
		_, vouched := own.find(link.signer)
		if !vouched && at > 0 {
			_, vouched = l.links[at-1].keys.find(link.signer)
		}
		if !vouched {
			return false
		}
	}
	return true
}

func tooManySets() *Error {
	return fault(KeySetMalformed, "there are more than %d key sets", mostKeySets)
}

// verifyKeySet checks form, key, signature, claims and issuer, in that order.
func verifyKeySet(token string, keys KeyRing, issuer string) (*keySet, error) {
	split, why := splitToken(token, typKeySet)
	if why != "" {
		return nil, fault(KeySetMalformed, "this is not a key set: %s", why)
	}
	key, known := keys.find(split.kid)
	if !known {
		return nil, fault(KeySetUnknownKey, "the key set was signed with key %s, which is not trusted here", split.kid)
	}
	if !key.verifies(split.signed, split.signature) {
		return nil, fault(KeySetSignature, "the signature of the key set does not fit: it was changed or forged")
	}
	set, ok := readKeySet(split)
	if !ok {
		return nil, fault(KeySetMalformed, "this is not a key set: its claims are not understood")
	}
	if set.issuer != issuer {
		return nil, fault(KeySetIssuer, "the key set is from %s, not from %s", shown(set.issuer), shown(issuer))
	}
	return set, nil
}

// readKeySet reads the payload of a set whose signature was verified. Members that are not known are ignored.
func readKeySet(token compact) (*keySet, bool) {
	members, err := parseObject(token.payload)
	if err != nil {
		return nil, false
	}
	set := &keySet{token: token.token, signer: token.kid}
	read := &claimReader{members: members}
	set.issuer = read.text("iss")
	set.sequence = read.number("seq", 1, mostSequence)
	read.need(members.member("iat").isWhole(), "iat")
	var ok bool
	if set.keys, ok = readKeys(members.member("keys")); !ok || read.wrong != "" {
		return nil, false
	}
	if list := members.member("distrusted"); list != nil {
		if !isTexts(list) {
			return nil, false
		}
		for _, text := range list.items {
			id, ok := parseKeyID(text.text)
			if !ok {
				return nil, false
			}
			set.distrusted = append(set.distrusted, id)
		}
	}
	if len(set.keys) > mostKeys || len(set.distrusted) > mostDistrusted {
		return nil, false
	}
	for _, id := range set.distrusted {
		if _, both := set.keys.find(id); both {
			return nil, false
		}
	}
	_, named := set.keys.find(set.signer)
	return set, named
}

func contains(ids []KeyID, wanted KeyID) bool {
	for _, id := range ids {
		if id == wanted {
			return true
		}
	}
	return false
}

func containsAll(ids, wanted []KeyID) bool {
	for _, id := range wanted {
		if !contains(ids, id) {
			return false
		}
	}
	return true
}
