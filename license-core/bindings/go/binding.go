package license

import (
	"encoding/json"
	"sort"
)

// Binding is the dev claim: which device a license is for, and how much of it must match.
type Binding struct {
	realm      realmTag
	min        uint64 // per cent; 0 for an opaque id
	rows       []row  // by kind
	privileged bool
	opaque     *[opaqueSize]byte
}

// row is one licensed kind.
type row struct {
	kind    Kind
	weight  uint64
	digests []digest // ascending
}

// IsOpaque says whether it is an id of the vendor's own, which matches as a whole or not at all.
func (b *Binding) IsOpaque() bool { return b.opaque != nil }

// MarshalJSON is the claim as the license has it.
func (b *Binding) MarshalJSON() ([]byte, error) {
	claim := map[string]any{"v": 1, "r": encodeBase64(b.realm[:])}
	if b.opaque != nil {
		claim["id"] = encodeBase64(b.opaque[:])
		return json.Marshal(claim)
	}
	kinds := map[string][]any{}
	for _, row := range b.rows {
		list := []any{row.weight}
		for _, digest := range row.digests {
			list = append(list, encodeBase64(digest[:]))
		}
		kinds[row.kind.String()] = list
	}
	claim["min"], claim["c"] = b.min, kinds
	if b.privileged {
		claim["priv"] = true
	}
	return json.Marshal(claim)
}

// readBinding reads a dev claim; what is not known in it is refused, so that no later restriction is passed over.
func readBinding(dev *jsonValue) (*Binding, bool) {
	if !dev.is(jsonObject) {
		return nil, false
	}
	for _, member := range dev.members {
		switch member.name {
		case "v", "r", "min", "c", "id", "priv":
		default:
			return nil, false
		}
	}
	binding := &Binding{}
	version, ok := dev.member("v").whole()
	if !ok || version != 1 || !readBytes(dev.member("r"), binding.realm[:]) {
		return nil, false
	}
	least, kinds, id, rights := dev.member("min"), dev.member("c"), dev.member("id"), dev.member("priv")
	if id != nil {
		binding.opaque = new([opaqueSize]byte)
		return binding, least == nil && kinds == nil && rights == nil && readBytes(id, binding.opaque[:])
	}
	if binding.min, ok = least.whole(); !ok || binding.min < 51 || binding.min > 100 {
		return nil, false
	}
	binding.privileged = rights != nil
	if rights != nil && !(rights.is(jsonBool) && rights.flag) {
		return nil, false
	}
	binding.rows, ok = readRows(kinds)
	return binding, ok
}

func readRows(kinds *jsonValue) ([]row, bool) {
	if !kinds.is(jsonObject) || len(kinds.members) == 0 {
		return nil, false
	}
	var rows []row
	for at := range kinds.members {
		kind, known := parseKind(kinds.members[at].name)
		if !known || kind == CPU || (kind == Custom && len(kinds.members) > 1) {
			return nil, false
		}
		row, ok := readRow(kind, &kinds.members[at].value)
		if !ok {
			return nil, false
		}
		rows = append(rows, row)
	}
	sort.Slice(rows, func(a, b int) bool { return rows[a].kind < rows[b].kind })
	return rows, true
}

// readRow reads a weight from 1 to 100, then as many digests as the kind may have, none twice.
func readRow(kind Kind, list *jsonValue) (row, bool) {
	read := row{kind: kind}
	if !list.is(jsonList) || len(list.items) < 2 || len(list.items) > 1+kind.limit() {
		return read, false
	}
	weight, ok := list.items[0].whole()
	if !ok || weight < 1 || weight > 100 {
		return read, false
	}
	read.weight = weight
	for at := range list.items[1:] {
		var one digest
		if !readBytes(&list.items[1+at], one[:]) {
			return read, false
		}
		for _, other := range read.digests {
			if other == one {
				return read, false
			}
		}
		read.digests = append(read.digests, one)
	}
	sort.Slice(read.digests, func(a, b int) bool { return string(read.digests[a][:]) < string(read.digests[b][:]) })
	return read, true
}

// readBytes reads a text of base64url of as many bytes as there are.
func readBytes(value *jsonValue, into []byte) bool {
	if !value.is(jsonText) {
		return false
	}
	bytes, ok := decodeBase64Of(value.text, len(into))
	copy(into, bytes)
	return ok
}

// ParseBinding reads a dev claim alone. The error is Malformed.
func ParseBinding(json []byte) (*Binding, error) {
	dev, err := parseObject(json)
	if err != nil {
		return nil, fault(Malformed, "this is no device binding: %v", err)
	}
	binding, ok := readBinding(dev)
	if !ok {
		return nil, fault(Malformed, "this is no device binding that is understood")
	}
	return binding, nil
}
