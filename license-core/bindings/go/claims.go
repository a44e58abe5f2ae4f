package license

import (
	"math"
	"time"
)

// lastSecond is the end of the year 9999.
const lastSecond = 253_402_300_799

// claims are what a license says, by the names of docs/license-format.md.
type claims struct {
	issuer, product, instance, id string
	issuedAt, notBefore           int64
	expiresAt                     *int64
	binding                       *Binding
	quantity                      uint32
	features                      []string
	grace                         uint32
	trial, test                   bool
	deviceKey                     *KeyID
}

// readClaims reads the payload of a license whose signature was verified. What is wrong, in words: claims that are not
// known are ignored, a dev that is not understood is not.
func readClaims(payload []byte) (*claims, string) {
	members, err := parseObject(payload)
	if err != nil {
		return nil, err.Error()
	}
	read := &claimReader{members: members}
	out := &claims{
		issuer: read.text("iss"), product: read.text("aud"), instance: read.text("sub"), id: read.text("jti"),
		issuedAt: read.time("iat"), notBefore: read.time("nbf"),
		quantity: uint32(read.number("qty", 1, math.MaxUint32)), features: read.features(),
		trial: read.flag("trial"), test: read.flag("test"), deviceKey: read.deviceKey(),
	}
	if members.member("exp") != nil {
		end := read.time("exp")
		out.expiresAt = &end
	}
	if members.member("grace") != nil {
		out.grace = uint32(read.number("grace", 0, math.MaxUint32))
	}
	if dev := members.member("dev"); dev != nil {
		var ok bool
		out.binding, ok = readBinding(dev)
		read.need(ok, "dev")
	}
	read.need(out.expiresAt == nil || *out.expiresAt > out.notBefore, "exp")
	read.need(!out.trial || out.grace == 0, "grace")
	if read.wrong != "" {
		return nil, "claim " + read.wrong
	}
	return out, ""
}

// claimReader reads members and keeps the name of the first one that is wrong.
type claimReader struct {
	members *jsonValue
	wrong   string
}

func (r *claimReader) need(ok bool, name string) {
	if !ok && r.wrong == "" {
		r.wrong = name
	}
}

func (r *claimReader) text(name string) string {
	value := r.members.member(name)
	if !isClaimText(value) {
		r.need(false, name)
		return ""
	}
	return value.text
}

func isClaimText(value *jsonValue) bool {
	return value.is(jsonText) && len(value.text) >= 1 && len(value.text) <= 256
}

func (r *claimReader) number(name string, least, most uint64) uint64 {
	number, ok := r.members.member(name).whole()
	r.need(ok && least <= number && number <= most, name)
	return number
}

func (r *claimReader) time(name string) int64 { return int64(r.number(name, 0, lastSecond)) }

func (r *claimReader) flag(name string) bool {
	value := r.members.member(name)
	r.need(value == nil || value.kind == jsonBool, name)
	return value.is(jsonBool) && value.flag
}

func (r *claimReader) features() []string {
	list := r.members.member("feat")
	r.need(list.is(jsonList), "feat")
	if r.wrong != "" {
		return nil
	}
	features := []string{}
	for at := range list.items {
		r.need(isClaimText(&list.items[at]), "feat")
		features = append(features, list.items[at].text)
	}
	return features
}

// deviceKey reads cnf (RFC 7800); other members than jkt are other ways to name a key, and passed over.
func (r *claimReader) deviceKey() *KeyID {
	confirmation := r.members.member("cnf")
	if confirmation == nil {
		return nil
	}
	r.need(confirmation.kind == jsonObject, "cnf")
	thumbprint := confirmation.member("jkt")
	if thumbprint == nil {
		return nil
	}
	id, ok := parseKeyID(thumbprint.text)
	r.need(ok && thumbprint.kind == jsonText, "cnf")
	return &id
}

// state is where the license stands at a time, and the first second in which it no longer works, if any.
func (c *claims) state(now int64) (state State, until int64) {
	if now < c.notBefore-notBeforeLeeway {
		return StateNotYetValid, 0
	}
	if c.expiresAt == nil {
		return StateActive, 0
	}
	until = *c.expiresAt + int64(c.grace)
	switch {
	case now < *c.expiresAt:
		return StateActive, until
	case now < until:
		return StateGrace, until
	}
	return StateExpired, until
}

// date shows a time as the core does.
func date(secs int64) string { return time.Unix(secs, 0).UTC().Format(time.RFC3339) }
