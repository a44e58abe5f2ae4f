package license

// longestVendorFile is how much of a vendor file is read, in bytes.
const longestVendorFile = 1 << 20

// ParseVendorFile reads the TOML text that license-server keys export --agent writes: issuer, product, keys, and where
// needed realm, server and test. A setting that is not known is an error. The error is UnusableTrust.
func ParseVendorFile(text string) (*Trust, error) {
	if len(text) > longestVendorFile {
		return nil, unusable("it is longer than is read")
	}
	file, err := parseTOML(text)
	if err != nil {
		return nil, unusable(err.Error())
	}
	for _, member := range file.members {
		switch member.name {
		case "issuer", "product", "realm", "server", "test", "keys":
		default:
			return nil, unusable("`" + shown(member.name) + "` is no setting")
		}
	}
	settings := map[string]string{}
	for _, name := range []string{"issuer", "product", "realm", "server"} {
		value := file.member(name)
		if value != nil && value.kind != jsonText {
			return nil, unusable("`" + name + "` is no text")
		}
		if value != nil {
			settings[name] = value.text
		}
	}
	if settings["issuer"] == "" || settings["product"] == "" {
		return nil, unusable("`issuer` and `product` are to say something")
	}
	if file.member("realm") == nil {
		settings["realm"] = settings["issuer"]
	}
	test := file.member("test")
	if test != nil && test.kind != jsonBool {
		return nil, unusable("`test` is neither true nor false")
	}
	keys, ok := readKeys(file.member("keys"))
	if !ok || len(keys) == 0 {
		return nil, unusable("`keys` is no list of Ed25519 keys")
	}
	trust := NewTrust(settings["issuer"], settings["product"], settings["realm"], keys)
	trust.hasServer = file.member("server") != nil
	trust.server, trust.test = settings["server"], test.is(jsonBool) && test.flag
	return trust, nil
}

func unusable(why string) *Error {
	return fault(UnusableTrust, "the vendor file cannot be read: %s", why)
}
