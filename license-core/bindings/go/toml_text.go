package license

import (
	"strings"
	"unicode/utf8"
)

// quoted is a text between quotes of either kind, on one line.
func (r *tomlReader) quoted() (string, error) {
	quote := r.peek()
	if r.skip(`"""`) || r.skip("'''") {
		return "", r.fault("a text over several lines")
	}
	r.at++
	var out strings.Builder
	for !r.ended() {
		char := r.peek()
		switch {
		case char == quote:
			r.at++
			return out.String(), nil
		case isControl(char):
			return "", r.fault("a control character in a text")
		case char == '\\' && quote == '"':
			r.at++
			if err := r.escape(&out); err != nil {
				return "", err
			}
		default:
			out.WriteByte(char)
			r.at++
		}
	}
	return "", r.fault("a text without an end")
}

func (r *tomlReader) escape(out *strings.Builder) error {
	escape := r.peek()
	digits := map[byte]int{'u': 4, 'U': 8}[escape]
	if digits == 0 {
		char, ok := escapes[escape]
		if !ok || escape == '/' {
			return r.fault("an escape that is none")
		}
		out.WriteByte(char)
		r.at++
		return nil
	}
	r.at++
	var char rune
	for end := r.at + digits; r.at < end; r.at++ {
		digit := strings.IndexByte("0123456789abcdefABCDEF", r.peek())
		if r.ended() || digit < 0 || char > utf8.MaxRune {
			return r.fault("no character")
		}
		if digit > 15 {
			digit -= 6
		}
		char = char<<4 | rune(digit)
	}
	if !utf8.ValidRune(char) {
		return r.fault("no character")
	}
	out.WriteRune(char)
	return nil
}
