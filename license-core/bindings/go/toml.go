package license

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// deepestTOML is how deep lists and inline tables may nest.
const deepestTOML = 80

// parseTOML reads as much of TOML as vendor files are made of: settings with texts on one line, numbers, dates, true and
// false, lists, inline tables, [[lists of tables]], remarks. Tables of other kinds, dotted names and texts over several lines are
// errors. What comes out is the same tree that JSON gives.
func parseTOML(text string) (*jsonValue, error) {
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("it is not UTF-8")
	}
	reader := tomlReader{text: strings.TrimPrefix(text, "\ufeff")}
	root := &jsonValue{kind: jsonObject}
	table := root // that the next setting belongs to
	for {
		if err := reader.blank(true); err != nil {
			return nil, err
		}
		if reader.ended() {
			return root, nil
		}
		var err error
		if reader.skip("[[") {
			table, err = reader.tableOfList(root)
		} else {
			err = reader.setting(table, 0)
		}
		if err == nil {
			err = reader.endOfLine()
		}
		if err != nil {
			return nil, err
		}
	}
}

type tomlReader struct {
	text string
	at   int
}

func (r *tomlReader) ended() bool { return r.at >= len(r.text) }

func (r *tomlReader) fault(why string) error {
	return fmt.Errorf("%s in line %d", why, 1+strings.Count(r.text[:r.at], "\n"))
}

// peek is the next byte; 0 at the end, which is no character of TOML.
func (r *tomlReader) peek() byte {
	if r.ended() {
		return 0
	}
	return r.text[r.at]
}

func (r *tomlReader) skip(wanted string) bool {
	if strings.HasPrefix(r.text[r.at:], wanted) {
		r.at += len(wanted)
		return true
	}
	return false
}

// blank passes spaces and tabs and, if asked to, remarks and ends of lines.
func (r *tomlReader) blank(lines bool) error {
	for !r.ended() {
		switch char := r.peek(); {
		case char == ' ' || char == '\t':
			r.at++
		case lines && r.lineEnd():
		case lines && char == '#':
			if err := r.remark(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

func (r *tomlReader) lineEnd() bool { return r.skip("\n") || r.skip("\r\n") }

func (r *tomlReader) remark() error {
	for !r.ended() && r.peek() != '\n' && !strings.HasPrefix(r.text[r.at:], "\r\n") {
		if isControl(r.peek()) {
			return r.fault("a control character")
		}
		r.at++
	}
	return nil
}

func isControl(char byte) bool { return char < ' ' && char != '\t' || char == 0x7f }

func (r *tomlReader) endOfLine() error {
	if err := r.blank(false); err != nil {
		return err
	}
	if r.peek() == '#' {
		if err := r.remark(); err != nil {
			return err
		}
	}
	if !r.ended() && !r.lineEnd() {
		return r.fault("something follows")
	}
	return nil
}

// tableOfList reads what follows [[ and adds an empty table to that list.
func (r *tomlReader) tableOfList(root *jsonValue) (*jsonValue, error) {
	_ = r.blank(false)
	name, err := r.name()
	if err != nil {
		return nil, err
	}
	_ = r.blank(false)
	if !r.skip("]]") {
		return nil, r.fault("no ]]")
	}
	list := root.member(name)
	if list == nil {
		root.members = append(root.members, jsonMember{name, jsonValue{kind: jsonList, flag: true}})
		list = &root.members[len(root.members)-1].value
	}
	// A list that was written out is not added to.
	if list.kind != jsonList || !list.flag {
		return nil, r.fault("a setting stands twice")
	}
	list.items = append(list.items, jsonValue{kind: jsonObject})
	return &list.items[len(list.items)-1], nil
}

// setting reads name = value into a table.
func (r *tomlReader) setting(table *jsonValue, depth int) error {
	name, err := r.name()
	if err != nil {
		return err
	}
	_ = r.blank(false)
	if !r.skip("=") {
		return r.fault("no =")
	}
	_ = r.blank(false)
	value, err := r.value(depth)
	if err != nil {
		return err
	}
	if table.member(name) != nil {
		return r.fault("a setting stands twice")
	}
	table.members = append(table.members, jsonMember{name, value})
	return nil
}

func (r *tomlReader) name() (string, error) {
	if char := r.peek(); char == '"' || char == '\'' {
		return r.quoted()
	}
	return r.word()
}

// word is what letters, digits, _ and - make up.
func (r *tomlReader) word() (string, error) {
	start := r.at
	for !r.ended() && isBare(r.peek()) {
		r.at++
	}
	if r.at == start {
		return "", r.fault("no name")
	}
	return r.text[start:r.at], nil
}

func isBare(char byte) bool {
	return 'a' <= char|0x20 && char|0x20 <= 'z' || isDigit(char) || char == '_' || char == '-'
}

func (r *tomlReader) value(depth int) (jsonValue, error) {
	char := r.peek()
	if depth == deepestTOML && (char == '[' || char == '{') {
		return jsonValue{}, r.fault("it nests too deep")
	}
	switch {
	case char == '"' || char == '\'':
		text, err := r.quoted()
		return jsonValue{kind: jsonText, text: text}, err
	case r.skip("["):
		return r.list(depth + 1)
	case r.skip("{"):
		return r.inlineTable(depth + 1)
	}
	return r.scalar()
}

func (r *tomlReader) list(depth int) (jsonValue, error) {
	list := jsonValue{kind: jsonList}
	for {
		if err := r.blank(true); err != nil {
			return list, err
		}
		if r.skip("]") {
			return list, nil
		}
		item, err := r.value(depth)
		if err != nil {
			return list, err
		}
		list.items = append(list.items, item)
		if err := r.blank(true); err != nil {
			return list, err
		}
		if !r.skip(",") && r.peek() != ']' {
			return list, r.fault("no comma")
		}
	}
}

func (r *tomlReader) inlineTable(depth int) (jsonValue, error) {
	table := jsonValue{kind: jsonObject}
	_ = r.blank(false)
	if r.skip("}") {
		return table, nil
	}
	for {
		_ = r.blank(false)
		if err := r.setting(&table, depth); err != nil {
			return table, err
		}
		_ = r.blank(false)
		if r.skip("}") {
			return table, nil
		}
		if !r.skip(",") {
			return table, r.fault("no comma")
		}
	}
}
