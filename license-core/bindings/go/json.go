package license

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// deepest is how deep objects and lists may nest.
const deepest = 127

type jsonKind int

const (
	jsonNull jsonKind = iota
	jsonBool
	jsonNumber
	jsonText
	jsonList
	jsonObject
)

// jsonValue is a value of a JSON text in which no object names a member twice.
type jsonValue struct {
	kind    jsonKind
	flag    bool
	text    string // of a text what it says, of a number how it is written
	items   []jsonValue
	members []jsonMember
	// Where a member stands, of objects with many.
	index map[string]int
}

type jsonMember struct {
	name  string
	value jsonValue
}

// manyMembers is from how many on members are looked up by an index.
const manyMembers = 32

// member is the value of that name; nil where there is none, or no object.
func (v *jsonValue) member(name string) *jsonValue {
	if len(v.members) >= manyMembers {
		if v.index == nil {
			v.index = make(map[string]int)
		}
		for at := len(v.index); at < len(v.members); at++ {
			v.index[v.members[at].name] = at
		}
		if at, found := v.index[name]; found {
			return &v.members[at].value
		}
		return nil
	}
	for at := range v.members {
		if v.members[at].name == name {
			return &v.members[at].value
		}
	}
	return nil
}

// whole is a number that is written as a whole one: no sign, no fraction, no exponent.
func (v *jsonValue) whole() (uint64, bool) {
	if v == nil || v.kind != jsonNumber {
		return 0, false
	}
	number, err := strconv.ParseUint(v.text, 10, 64)
	return number, err == nil
}

// isWhole says whether it is a whole number that may be negative, within 64 bits.
func (v *jsonValue) isWhole() bool {
	if !v.is(jsonNumber) || v.text == "-0" {
		return false
	}
	_, err := strconv.ParseInt(v.text, 10, 64)
	return err == nil
}

// is says whether there is a value of that kind.
func (v *jsonValue) is(kind jsonKind) bool { return v != nil && v.kind == kind }

var errJSONEnd = errors.New("it ends too early")

// parseObject reads a JSON text that is one object.
func parseObject(json []byte) (*jsonValue, error) {
	value, err := parseJSON(json)
	if err == nil && value.kind != jsonObject {
		err = errors.New("not a JSON object")
	}
	return value, err
}

// parseJSON reads a JSON text of RFC 8259 in UTF-8, strictly: no member twice at any depth, no half of a surrogate pair,
// no number beyond a double.
func parseJSON(json []byte) (*jsonValue, error) {
	if !utf8.Valid(json) {
		return nil, errors.New("it is not UTF-8")
	}
	reader := jsonReader{json: json}
	value, err := reader.value(0)
	if err != nil {
		return nil, err
	}
	reader.space()
	if reader.at < len(json) {
		return nil, reader.fault("something follows")
	}
	return &value, nil
}

type jsonReader struct {
	json []byte
	at   int
}

func (r *jsonReader) fault(why string) error { return fmt.Errorf("%s at byte %d", why, r.at) }

func (r *jsonReader) space() {
	for r.at < len(r.json) {
		switch r.json[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

// next is the next byte that is no white space, and stays before it.
func (r *jsonReader) next() (byte, error) {
	r.space()
	if r.at >= len(r.json) {
		return 0, errJSONEnd
	}
	return r.json[r.at], nil
}

func (r *jsonReader) value(depth int) (jsonValue, error) {
	first, err := r.next()
	if err != nil {
		return jsonValue{}, err
	}
	switch {
	case first == '{' || first == '[':
		if depth == deepest {
			return jsonValue{}, r.fault("it nests too deep")
		}
		if first == '{' {
			return r.object(depth + 1)
		}
		return r.list(depth + 1)
	case first == '"':
		text, err := r.text()
		return jsonValue{kind: jsonText, text: text}, err
	case first == '-' || isDigit(first):
		return r.number()
	}
	for _, literal := range literals {
		if end := r.at + len(literal.word); end <= len(r.json) && string(r.json[r.at:end]) == literal.word {
			r.at = end
			return literal.value, nil
		}
	}
	return jsonValue{}, r.fault("no value")
}

var literals = []struct {
	word  string
	value jsonValue
}{{"null", jsonValue{}}, {"true", jsonValue{kind: jsonBool, flag: true}}, {"false", jsonValue{kind: jsonBool}}}

func (r *jsonReader) object(depth int) (jsonValue, error) {
	object := jsonValue{kind: jsonObject}
	seen := map[string]bool{}
	r.at++
	for {
		next, err := r.next()
		if err != nil {
			return object, err
		}
		if next == '}' && len(object.members) == 0 {
			r.at++
			return object, nil
		}
		if next != '"' {
			return object, r.fault("no name")
		}
		name, err := r.text()
		if err != nil {
			return object, err
		}
		if seen[name] {
			return object, r.fault("a member stands twice")
		}
		seen[name] = true
		if next, err = r.next(); err != nil {
			return object, err
		}
		if next != ':' {
			return object, r.fault("no colon")
		}
		r.at++
		value, err := r.value(depth)
		if err != nil {
			return object, err
		}
		object.members = append(object.members, jsonMember{name, value})
		ended, err := r.goesOn('}')
		if ended || err != nil {
			return object, err
		}
	}
}

func (r *jsonReader) list(depth int) (jsonValue, error) {
	list := jsonValue{kind: jsonList}
	r.at++
	if next, err := r.next(); err != nil {
		return list, err
	} else if next == ']' {
		r.at++
		return list, nil
	}
	for {
		item, err := r.value(depth)
		if err != nil {
			return list, err
		}
		list.items = append(list.items, item)
		ended, err := r.goesOn(']')
		if ended || err != nil {
			return list, err
		}
	}
}

// goesOn passes a comma, or the end.
func (r *jsonReader) goesOn(end byte) (ended bool, err error) {
	next, err := r.next()
	if err != nil {
		return false, err
	}
	if next != ',' && next != end {
		return false, r.fault("no comma")
	}
	r.at++
	return next == end, nil
}

func (r *jsonReader) number() (jsonValue, error) {
	start := r.at
	r.skip('-')
	if !r.skip('0') && !r.digits() {
		return jsonValue{}, r.fault("no number")
	}
	if r.skip('.') && !r.digits() {
		return jsonValue{}, r.fault("no fraction")
	}
	if r.skip('e') || r.skip('E') {
		if !r.skip('-') {
			r.skip('+')
		}
		if !r.digits() {
			return jsonValue{}, r.fault("no exponent")
		}
	}
	text := string(r.json[start:r.at])
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		return jsonValue{}, r.fault("a number that is too great")
	}
	return jsonValue{kind: jsonNumber, text: text}, nil
}

func (r *jsonReader) skip(wanted byte) bool {
	if r.at < len(r.json) && r.json[r.at] == wanted {
		r.at++
		return true
	}
	return false
}

func (r *jsonReader) digits() bool {
	start := r.at
	for r.at < len(r.json) && isDigit(r.json[r.at]) {
		r.at++
	}
	return r.at > start
}

func isDigit(char byte) bool { return '0' <= char && char <= '9' }
