package license

import (
	"encoding/base64"
	"strings"
)

// strictBase64 is base64url without padding and without stray bits (RFC 4648, section 5).
var strictBase64 = base64.RawURLEncoding.Strict()

// decodeBase64 reads strict base64url, or says that it is none.
func decodeBase64(text string) ([]byte, bool) {
	// The decoder passes over line breaks, which would make two texts one license.
	if strings.ContainsAny(text, "\r\n") {
		return nil, false
	}
	bytes, err := strictBase64.DecodeString(text)
	return bytes, err == nil
}

// decodeBase64Of reads exactly size bytes.
func decodeBase64Of(text string, size int) ([]byte, bool) {
	if len(text) != strictBase64.EncodedLen(size) {
		return nil, false
	}
	bytes, ok := decodeBase64(text)
	return bytes, ok && len(bytes) == size
}

func encodeBase64(bytes []byte) string { return strictBase64.EncodeToString(bytes) }

// trimASCII takes white space of ASCII off both ends.
func trimASCII(text string) string { return strings.Trim(text, " \t\n\f\r") }
