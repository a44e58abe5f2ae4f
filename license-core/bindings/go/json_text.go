package license

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// escapes are the characters behind a backslash and what they stand for.
var escapes = map[byte]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

func (r *jsonReader) text() (string, error) {
	r.at++
	start := r.at
	var out []byte // only where something is escaped
	for r.at < len(r.json) {
		char := r.json[r.at]
		switch {
		case char == '"':
			out = append(out, r.json[start:r.at]...)
			r.at++
			return string(out), nil
		case char < ' ':
			return "", r.fault("a control character in a text")
		case char != '\\':
			r.at++
			continue
		}
		out = append(out, r.json[start:r.at]...)
		r.at++
		if r.at >= len(r.json) {
			return "", errJSONEnd
		}
		escape := r.json[r.at]
		r.at++
		if escape == 'u' {
			char, err := r.escaped()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, char)
		} else if char, ok := escapes[escape]; ok {
			out = append(out, char)
		} else {
			return "", r.fault("an escape that is none")
		}
		start = r.at
	}
	return "", errJSONEnd
}

// escaped reads what follows \u, and the second half of a pair.
func (r *jsonReader) escaped() (rune, error) {
	first, err := r.unit()
	if err != nil || !utf16.IsSurrogate(first) {
		return first, err
	}
	if !r.skip('\\') || !r.skip('u') {
		return 0, r.fault("half of a surrogate pair")
	}
	second, err := r.unit()
	char := utf16.DecodeRune(first, second)
	if err == nil && char == utf8.RuneError {
		err = r.fault("half of a surrogate pair")
	}
	return char, err
}

func (r *jsonReader) unit() (rune, error) {
	if r.at+4 > len(r.json) {
		return 0, errJSONEnd
	}
	unit, err := strconv.ParseUint(string(r.json[r.at:r.at+4]), 16, 16)
	if err != nil {
		return 0, r.fault("no four hex digits")
	}
	r.at += 4
	return rune(unit), nil
}
