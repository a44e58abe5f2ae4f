package license

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// The numbers, dates and times of TOML 1.1. No setting is one; in a key they are passed over, and what is none is an error
// there as well.
const (
	tomlDigits   = `[0-9](?:_?[0-9])*`
	tomlDecimal  = `[-+]?(?:0|[1-9](?:_?[0-9])*)`
	tomlTime     = `(?:[01][0-9]|2[0-3]):[0-5][0-9](?::(?:[0-5][0-9]|60)(?:\.[0-9]+)?)?`
	tomlTimeZone = `(?:[Zz]|[-+](?:[01][0-9]|2[0-3]):[0-5][0-9])`
)

var (
	tomlWhole    = regexp.MustCompile(`^(?:` + tomlDecimal + `|0x[0-9A-Fa-f](?:_?[0-9A-Fa-f])*|0o[0-7](?:_?[0-7])*|0b[01](?:_?[01])*)$`)
	tomlFraction = regexp.MustCompile(`^(?:` + tomlDecimal + `(?:\.` + tomlDigits + `)?(?:[Ee][-+]?` + tomlDigits + `)?|[-+]?(?:inf|nan))$`)
	tomlClock    = regexp.MustCompile(`^` + tomlTime + `$`)
	tomlDate     = regexp.MustCompile(`^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[Tt ]` + tomlTime + tomlTimeZone + `?)?$`)
	tomlDay      = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
)

// The numbers that are read: 128 bits, with a sign or without.
var (
	greatestWhole = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(1))
	leastWhole    = new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 127))
)

// scalar is a word without quotes: true, false, a number, a date, a time.
func (r *tomlReader) scalar() (jsonValue, error) {
	start := r.at
	r.skipWord()
	// A blank may stand between date and time.
	if tomlDay.MatchString(r.text[start:r.at]) && r.at+1 < len(r.text) && r.peek() == ' ' && isDigit(r.text[r.at+1]) {
		r.at++
		r.skipWord()
	}
	word := r.text[start:r.at]
	if word == "true" || word == "false" {
		return jsonValue{kind: jsonBool, flag: word == "true"}, nil
	}
	if !isTOMLWhole(word) && !isTOMLFraction(word) && !isTOMLDate(word) && !tomlClock.MatchString(word) {
		return jsonValue{}, r.fault("no value")
	}
	return jsonValue{kind: jsonNumber, text: word}, nil
}

func (r *tomlReader) skipWord() {
	for !r.ended() && (isBare(r.peek()) || strings.IndexByte("+.:", r.peek()) >= 0) {
		r.at++
	}
}

func isTOMLWhole(word string) bool {
	if !tomlWhole.MatchString(word) {
		return false
	}
	digits, base := strings.ReplaceAll(word, "_", ""), 10
	if len(digits) > 2 && digits[0] == '0' {
		base = map[byte]int{'x': 16, 'o': 8, 'b': 2}[digits[1]]
		if digits = strings.TrimLeft(digits[2:], "0"); digits == "" {
			return true
		}
	}
	// So many binary digits are the most that fit.
	if len(digits) > 129 {
		return false
	}
	number, ok := new(big.Int).SetString(digits, base)
	return ok && number.Cmp(leastWhole) >= 0 && number.Cmp(greatestWhole) <= 0
}

func isTOMLFraction(word string) bool {
	if !tomlFraction.MatchString(word) || !strings.ContainsAny(word, ".eEn") {
		return false
	}
	if strings.HasSuffix(word, "inf") || strings.HasSuffix(word, "nan") {
		return true
	}
	_, err := strconv.ParseFloat(strings.ReplaceAll(word, "_", ""), 64)
	return err == nil
}

func isTOMLDate(word string) bool {
	parts := tomlDate.FindStringSubmatch(word)
	if parts == nil {
		return false
	}
	year, _ := strconv.Atoi(parts[1])
	month, _ := strconv.Atoi(parts[2])
	day, _ := strconv.Atoi(parts[3])
	return 1 <= month && month <= 12 && 1 <= day && day <= daysOf(year, month)
}

func daysOf(year, month int) int {
	switch {
	case month == 4 || month == 6 || month == 9 || month == 11:
		return 30
	case month != 2:
		return 31
	case year%4 == 0 && (year%100 != 0 || year%400 == 0):
		return 29
	}
	return 28
}
