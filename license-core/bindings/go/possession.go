package license

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
)

const (
	longestProof  = 4096
	typPossession = "license-possession+jwt"
)

// Challenge is 32 random bytes that nobody could have signed before. Make one for each check, and use it once.
type Challenge [32]byte

// NewChallenge makes one of the system's randomness.
func NewChallenge() (Challenge, error) {
	var challenge Challenge
	_, err := rand.Read(challenge[:])
	return challenge, err
}

// ParseChallenge reads 43 characters of base64url.
func ParseChallenge(text string) (Challenge, error) {
	var challenge Challenge
	bytes, ok := decodeBase64Of(trimASCII(text), len(challenge))
	if !ok {
		return challenge, fault(MalformedChallenge, "a challenge is 43 characters of base64url")
	}
	copy(challenge[:], bytes)
	return challenge, nil
}

// String is what license-agent prove takes.
func (c Challenge) String() string { return encodeBase64(c[:]) }

// proofSentences say why a proof proves nothing.
var proofSentences = map[string]string{
	"missing": "none was given", "no-key": "the license names no device key", "too-long": "it is too long",
	"parts": "it is not three parts joined by dots", "encoding": "a part is not base64url without padding",
	"header": "its header is not understood", "signature": "its signature does not fit the key in its header",
	"claims": "its claims are not understood", "challenge": "it answers another challenge",
	"license": "it is for another license", "other-key": "it is by another key than the license names",
}

func notProved(word string) *Error {
	return &Error{Outcome: Possession, Proof: word, sentence: fmt.Sprintf(
		"it is not shown that this machine has the license's key: %s", proofSentences[word])}
}

// check says why a proof proves nothing, in a stable word; an empty one if it does prove.
func (c Challenge) check(key KeyID, license, proof string) string {
	proof = trimASCII(proof)
	if len(proof) > longestProof {
		return "too-long"
	}
	parts := strings.Split(proof, ".")
	if len(parts) != 3 {
		return "parts"
	}
	header, okHeader := decodeBase64(parts[0])
	if !okHeader {
		return "encoding"
	}
	signer, ok := readProofHeader(header)
	if !ok {
		return "header"
	}
	signature, ok := decodeBase64Of(parts[2], 64)
	payload, okPayload := decodeBase64(parts[1])
	if !ok || !okPayload {
		return "encoding"
	}
	if !signer.verifies([]byte(proof[:len(parts[0])+1+len(parts[1])]), signature) {
		return "signature"
	}
	var nonce, hash [32]byte
	claims, err := parseObject(payload)
	if err != nil || !readBytes(claims.member("nonce"), nonce[:]) || !readBytes(claims.member("ath"), hash[:]) {
		return "claims"
	}
	switch {
	case nonce != c:
		return "challenge"
	case hash != sha256.Sum256([]byte(license)):
		return "license"
	case signer.id != key:
		return "other-key"
	}
	return ""
}

// readProofHeader reads the key that the proof is signed with. A private half, and crit, are refused; other members that
// are not known are ignored (RFC 7515, section 4).
func readProofHeader(json []byte) (VerifyingKey, bool) {
	header, err := parseObject(json)
	if err != nil || !isOneOf(header.member("typ"), typPossession) ||
		!isOneOf(header.member("alg"), "EdDSA", "Ed25519") || header.member("crit") != nil {
		return VerifyingKey{}, false
	}
	jwk := header.member("jwk")
	if !jwk.is(jsonObject) || !isOneOf(jwk.member("kty"), "OKP") || !isOneOf(jwk.member("crv"), "Ed25519") ||
		jwk.member("d") != nil {
		return VerifyingKey{}, false
	}
	return readX(jwk.member("x"))
}
