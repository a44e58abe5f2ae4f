package license

import (
	"crypto/ed25519"
	"strings"
)

const (
	// MaxTokenLen is the longest license or key set that is read, in bytes.
	MaxTokenLen = 16 * 1024

	typLicense = "license+jwt"
	typKeySet  = "license-keys+jwt"
)

// compact is a compact JWS (RFC 7515, section 7.1) before anything is verified.
type compact struct {
	token     string
	kid       KeyID
	payload   []byte // decoded from base64url, but not looked into
	signed    []byte // the signing input, as received
	signature []byte
}

// splitToken takes a token apart and reads its header, whose typ must be the one that is due. What is wrong, in words.
func splitToken(text, typ string) (compact, string) {
	token := compact{token: trimASCII(text)}
	if len(token.token) > MaxTokenLen {
		return token, "it is longer than is read"
	}
	parts := strings.Split(token.token, ".")
	if len(parts) != 3 {
		return token, "it is not three parts joined by dots; was all of it copied?"
	}
	var why string
	if token.kid, why = readHeader(parts[0], typ); why != "" {
		return token, why
	}
	var ok bool
	if token.signature, ok = decodeBase64Of(parts[2], ed25519.SignatureSize); !ok {
		return token, "its signature is not base64url without padding; was it changed on the way?"
	}
	if token.payload, ok = decodeBase64(parts[1]); !ok {
		return token, "its payload is not base64url without padding; was it changed on the way?"
	}
	token.signed = []byte(token.token[:len(parts[0])+1+len(parts[1])])
	return token, ""
}

// readHeader reads exactly alg, kid and typ. The algorithm is fixed here and not taken from the token.
func readHeader(encoded, typ string) (kid KeyID, why string) {
	json, ok := decodeBase64(encoded)
	if !ok {
		return kid, "its header is not base64url without padding; was it changed on the way?"
	}
	header, err := parseObject(json)
	if err != nil {
		return kid, "its header cannot be read: " + err.Error()
	}
	name := header.member("kid")
	if len(header.members) != 3 || !isOneOf(header.member("alg"), "EdDSA") ||
		!isOneOf(header.member("typ"), typ) || !name.is(jsonText) {
		return kid, "its header is not alg EdDSA, kid and typ " + typ
	}
	if kid, ok = parseKeyID(name.text); !ok {
		return kid, "its kid is no thumbprint"
	}
	return kid, ""
}
