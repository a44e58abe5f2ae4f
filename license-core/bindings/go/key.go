package license

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"math/big"
)

// KeyID names a key: the SHA-256 thumbprint of its JWK (RFC 7638). Its text is 43 characters of base64url.
type KeyID [sha256.Size]byte

// String is the thumbprint in base64url, as kid has it.
func (id KeyID) String() string { return encodeBase64(id[:]) }

func parseKeyID(text string) (id KeyID, ok bool) {
	bytes, ok := decodeBase64Of(text, len(id))
	if ok {
		copy(id[:], bytes)
	}
	return id, ok
}

// VerifyingKey is an Ed25519 public key that was checked when it was made.
type VerifyingKey struct {
	key ed25519.PublicKey
	id  KeyID
}

// ID is the key's thumbprint.
func (k VerifyingKey) ID() KeyID { return k.id }

// NewVerifyingKey checks 32 bytes of RFC 8032: the one spelling of a point of the curve that is not of small order.
func NewVerifyingKey(bytes []byte) (VerifyingKey, error) {
	if len(bytes) != ed25519.PublicKeySize || !isPoint(bytes) || isSmallOrder(bytes) {
		return VerifyingKey{}, fault(UnusableTrust, "not a usable Ed25519 public key")
	}
	key := append(ed25519.PublicKey(nil), bytes...)
	jwk := `{"crv":"Ed25519","kty":"OKP","x":"` + encodeBase64(key) + `"}`
	return VerifyingKey{key, sha256.Sum256([]byte(jwk))}, nil
}

// verifies checks a signature strictly: crypto/ed25519 compares R byte by byte, without the cofactor, and refuses an S
// that was not reduced; what is left is an R of small order.
func (k VerifyingKey) verifies(message, signature []byte) bool {
	return len(signature) == ed25519.SignatureSize && !isSmallOrder(signature[:32]) &&
		ed25519.Verify(k.key, message, signature)
}

// The prime of the field and the d of the curve (RFC 8032, section 5.1), and the y of a point of order eight.
var (
	fieldPrime, _  = new(big.Int).SetString("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed", 16)
	curveD, _      = new(big.Int).SetString("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3", 16)
	orderEight, _  = new(big.Int).SetString("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", 16)
	smallOrderRows = smallOrders()
)

// smallOrders spell the values of y whose points are of small order, least byte first.
func smallOrders() (rows [5][32]byte) {
	one := big.NewInt(1)
	minus := func(y *big.Int) *big.Int { return new(big.Int).Sub(fieldPrime, y) }
	for at, y := range []*big.Int{new(big.Int), one, minus(one), orderEight, minus(orderEight)} {
		for place, char := range y.FillBytes(make([]byte, 32)) {
			rows[at][31-place] = char
		}
	}
	return rows
}

// yOf is the y that 32 bytes spell, least byte first; the highest bit is the sign of x.
func yOf(point []byte) *big.Int {
	turned := make([]byte, len(point))
	for at, char := range point {
		turned[len(point)-1-at] = char
	}
	turned[0] &= 0x7f
	return new(big.Int).SetBytes(turned)
}

// isSmallOrder says whether 32 bytes spell a point of small order, in the one spelling of its y.
func isSmallOrder(point []byte) bool {
	var y [32]byte
	copy(y[:], point)
	y[31] &= 0x7f
	for _, small := range smallOrderRows {
		if y == small {
			return true
		}
	}
	return false
}

// isPoint says whether 32 bytes are the one spelling of a point: y is reduced, and x² = (y² − 1) / (d y² + 1) has a root.
func isPoint(point []byte) bool {
	y := yOf(point)
	if y.Cmp(fieldPrime) >= 0 {
		return false
	}
	one := big.NewInt(1)
	square := new(big.Int).Mul(y, y)
	above := new(big.Int).Sub(square, one)
	below := square.Mul(square, curveD)
	below.Add(below, one)
	// A quotient has a root where the product has one. No root of 0 but 0, whose points are of small order.
	product := above.Mul(above, below)
	return big.Jacobi(product.Mod(product, fieldPrime), fieldPrime) == 1
}

// KeyRing is a list of keys, each once.
type KeyRing []VerifyingKey

// ParseJWKS reads a JWK set such as /.well-known/jwks.json. Every key must be Ed25519, and every kid its thumbprint.
func ParseJWKS(text string) (KeyRing, error) {
	set, err := parseObject([]byte(text))
	if err != nil {
		return nil, fault(UnusableTrust, "not a JWK set: %v", err)
	}
	ring, ok := readKeys(set.member("keys"))
	if !ok {
		return nil, fault(UnusableTrust, "not a JWK set of Ed25519 keys")
	}
	return ring, nil
}

// MarshalJSON is the list of JWKs.
func (ring KeyRing) MarshalJSON() ([]byte, error) {
	type jwk struct {
		Kty string `json:"kty"`
		Crv string `json:"crv"`
		X   string `json:"x"`
		Kid string `json:"kid"`
	}
	list := make([]jwk, 0, len(ring))
	for _, key := range ring {
		list = append(list, jwk{"OKP", "Ed25519", encodeBase64(key.key), key.id.String()})
	}
	return json.Marshal(list)
}

func (ring KeyRing) find(id KeyID) (VerifyingKey, bool) {
	for _, key := range ring {
		if key.id == id {
			return key, true
		}
	}
	return VerifyingKey{}, false
}

func (ring KeyRing) with(key VerifyingKey) KeyRing {
	if _, known := ring.find(key.id); known {
		return ring
	}
	return append(ring, key)
}

// readKeys reads a list of JWKs; one that is none, or of another kind, spoils all.
func readKeys(list *jsonValue) (KeyRing, bool) {
	if !list.is(jsonList) {
		return nil, false
	}
	var ring KeyRing
	for at := range list.items {
		key, ok := readJWK(&list.items[at])
		if !ok {
			return nil, false
		}
		ring = ring.with(key)
	}
	return ring, true
}

// readJWK reads one key (RFC 8037); alg, use and kid may be left out or null, other members are ignored.
func readJWK(jwk *jsonValue) (VerifyingKey, bool) {
	kid := jwk.member("kid")
	if !isOneOf(jwk.member("kty"), "OKP") || !isOneOf(jwk.member("crv"), "Ed25519") ||
		!mayBe(jwk.member("alg"), "EdDSA", "Ed25519") || !mayBe(jwk.member("use"), "sig") {
		return VerifyingKey{}, false
	}
	key, ok := readX(jwk.member("x"))
	return key, ok && mayBe(kid, key.id.String())
}

func readX(x *jsonValue) (VerifyingKey, bool) {
	if !x.is(jsonText) {
		return VerifyingKey{}, false
	}
	bytes, ok := decodeBase64Of(x.text, ed25519.PublicKeySize)
	if !ok {
		return VerifyingKey{}, false
	}
	key, err := NewVerifyingKey(bytes)
	return key, err == nil
}

func isOneOf(value *jsonValue, wanted ...string) bool {
	for _, one := range wanted {
		if value.is(jsonText) && value.text == one {
			return true
		}
	}
	return false
}

func mayBe(value *jsonValue, wanted ...string) bool {
	return value == nil || value.is(jsonNull) || isOneOf(value, wanted...)
}
