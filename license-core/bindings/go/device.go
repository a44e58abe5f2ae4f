package license

import "sort"

const (
	longestDevice = 1 << 20 // bytes of JSON
	mostDigests   = 4096
)

// Device is this machine, or one that a text speaks for, as far as it could be read. nil is a machine on which nothing
// usable was found.
type Device struct {
	fingerprint *fingerprint
	others      []oneDigest // sorted: what was found beside the text
	unreadable  [Custom + 1]bool
	privileged  bool
}

// DeviceFromText is a machine that a DF1 text speaks for; taken as complete. The error is one of the texts'.
func DeviceFromText(trust *Trust, text string) (*Device, error) {
	return deviceFromText(trust.tag, text)
}

func deviceFromText(realm realmTag, text string) (*Device, error) {
	read, err := parseFingerprint(realm, text)
	if err != nil {
		return nil, err
	}
	return &Device{fingerprint: read, privileged: true}, nil
}

// DeviceFromJSON reads what license-agent fingerprint --json printed. Members and kinds that are not known are ignored, as
// a newer agent may have more. The error is UnreadableDevice.
func DeviceFromJSON(trust *Trust, json []byte) (*Device, error) {
	return deviceFromJSON(trust.tag, json)
}

func deviceFromJSON(realm realmTag, json []byte) (*Device, error) {
	if len(json) > longestDevice {
		return nil, fault(UnreadableDevice, "the device is longer than a machine's")
	}
	members, err := parseObject(json)
	if err != nil {
		return nil, fault(UnreadableDevice, "the device is not what license-agent fingerprint --json prints: %v", err)
	}
	return readDevice(realm, members)
}

func readDevice(realm realmTag, members *jsonValue) (*Device, error) {
	device := &Device{}
	unread := func(name string) (*Device, error) {
		return nil, fault(UnreadableDevice, "the device is not what license-agent fingerprint --json prints: %s", name)
	}
	if flag := members.member("privileged"); flag.is(jsonBool) {
		device.privileged = flag.flag
	} else if !isLeftOut(flag) {
		return unread("privileged")
	}
	if kinds := members.member("unreadable"); !isLeftOut(kinds) {
		if !isTexts(kinds) {
			return unread("unreadable")
		}
		for _, name := range kinds.items {
			if kind, known := parseKind(name.text); known {
				device.unreadable[kind] = true
			}
		}
	}
	others, ok := readFound(members.member("found"))
	if !ok {
		return unread("found")
	}
	text := members.member("fingerprint")
	if isLeftOut(text) {
		return device, nil // what is under no name matches nothing
	}
	if !text.is(jsonText) || !isPlain(text.text) {
		return unread("fingerprint")
	}
	read, err := parseFingerprint(realm, text.text)
	if err != nil {
		return nil, &Error{Outcome: UnreadableDevice, sentence: "the device cannot be read: " + err.Error(), cause: err}
	}
	device.fingerprint, device.others = read, others
	return device, nil
}

// readFound reads lists of digests by kind.
func readFound(found *jsonValue) ([]oneDigest, bool) {
	if isLeftOut(found) {
		return nil, true
	}
	if !found.is(jsonObject) {
		return nil, false
	}
	var others []oneDigest
	count := 0
	for at := range found.members {
		kind, known := parseKind(found.members[at].name)
		digests := &found.members[at].value
		if count += len(digests.items); !isTexts(digests) || count > mostDigests {
			return nil, false
		}
		for _, text := range digests.items {
			if !known {
				continue
			}
			bytes, ok := decodeBase64Of(text.text, digestSize)
			if !ok {
				return nil, false
			}
			one := oneDigest{kind: kind}
			copy(one.digest[:], bytes)
			others = append(others, one)
		}
	}
	sort.Slice(others, func(a, b int) bool { return others[a].less(others[b]) })
	return others, true
}

func isLeftOut(value *jsonValue) bool { return value == nil || value.is(jsonNull) }

func isTexts(list *jsonValue) bool {
	if !list.is(jsonList) {
		return false
	}
	for at := range list.items {
		if !list.items[at].is(jsonText) {
			return false
		}
	}
	return true
}

// isPlain says whether a text holds nothing but what the agent prints: letters, digits, dashes and blanks of ASCII.
func isPlain(text string) bool {
	for _, char := range []byte(trimASCII(text)) {
		isLetter := 'a' <= char|0x20 && char|0x20 <= 'z'
		if !isLetter && !isDigit(char) && char != '-' && char != ' ' {
			return false
		}
	}
	return true
}

// has says whether the device shows that digest.
func (d *Device) has(one oneDigest) bool {
	for _, component := range d.fingerprint.components {
		if component.one() == one {
			return true
		}
	}
	at := sort.Search(len(d.others), func(at int) bool { return !d.others[at].less(one) })
	return at < len(d.others) && d.others[at] == one
}

// shows says whether any value of a kind was found.
func (d *Device) shows(kind Kind) bool {
	if d.fingerprint == nil {
		return false
	}
	for _, component := range d.fingerprint.components {
		if component.Kind == kind {
			return true
		}
	}
	at := sort.Search(len(d.others), func(at int) bool { return d.others[at].kind >= kind })
	return at < len(d.others) && d.others[at].kind == kind
}
