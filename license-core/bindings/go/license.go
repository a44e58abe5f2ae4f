package license

import (
	"encoding/json"
	"time"
)

// State is where a license stands in its time window.
type State int

const (
	StateActive      State = iota // valid
	StateGrace                    // over, but it still works: the buyer should renew
	StateNotYetValid              // before its beginning by more than five minutes
	StateExpired                  // over, grace included
)

// License is a license that was verified: the only type with claims.
type License struct {
	claims     *claims
	verdict    *Verdict
	verifiedAt time.Time
}

// Outcome is Active or Grace, as of the verification.
func (l *License) Outcome() Outcome {
	if l.State(l.verifiedAt) == StateGrace {
		return Grace
	}
	return Active
}

// State is where the license stands at a time.
func (l *License) State(now time.Time) State {
	state, _ := l.claims.state(now.Unix())
	return state
}

// DaysLeft is whole days from now until it is over, in grace until it no longer works; false for a perpetual license.
func (l *License) DaysLeft(now time.Time) (int64, bool) {
	if l.claims.expiresAt == nil {
		return 0, false
	}
	end := *l.claims.expiresAt
	if state, until := l.claims.state(now.Unix()); state == StateGrace {
		end = until
	}
	if days := (end - now.Unix()) / 86_400; days > 0 {
		return days, true
	}
	return 0, true
}

// HasFeature says whether it grants a feature.
func (l *License) HasFeature(name string) bool {
	for _, feature := range l.claims.features {
		if feature == name {
			return true
		}
	}
	return false
}

// Issuer is the vendor.
func (l *License) Issuer() string { return l.claims.issuer }

// Product is the product code.
func (l *License) Product() string { return l.claims.product }

// Instance is what was bought, one per order line.
func (l *License) Instance() string { return l.claims.instance }

// ID is the license's own id.
func (l *License) ID() string { return l.claims.id }

// IssuedAt is when it was signed.
func (l *License) IssuedAt() time.Time { return time.Unix(l.claims.issuedAt, 0).UTC() }

// NotBefore is from when it is valid.
func (l *License) NotBefore() time.Time { return time.Unix(l.claims.notBefore, 0).UTC() }

// ExpiresAt is the first second in which it is no longer valid, before grace; false for a perpetual license.
func (l *License) ExpiresAt() (time.Time, bool) {
	if l.claims.expiresAt == nil {
		return time.Time{}, false
	}
	return time.Unix(*l.claims.expiresAt, 0).UTC(), true
}

// GraceSeconds is how long it still works after its end, in seconds.
func (l *License) GraceSeconds() uint32 { return l.claims.grace }

// Quantity is how many units it grants.
func (l *License) Quantity() uint32 { return l.claims.quantity }

// Features are the names of the features it grants.
func (l *License) Features() []string { return append([]string(nil), l.claims.features...) }

// IsTrial: granted for trying out.
func (l *License) IsTrial() bool { return l.claims.trial }

// IsTest: a test license, which only a verifier that asks for test licenses accepts.
func (l *License) IsTest() bool { return l.claims.test }

// Binding is the device it is bound to; nil when it is for none in particular.
func (l *License) Binding() *Binding { return l.claims.binding }

// DeviceKey is the thumbprint of the device key of the machine it was given to; false where it names none.
func (l *License) DeviceKey() (KeyID, bool) {
	if l.claims.deviceKey == nil {
		return KeyID{}, false
	}
	return *l.claims.deviceKey, true
}

// Verdict is what matched, changed or is missing on this device; nil when the license is for none in particular.
func (l *License) Verdict() *Verdict {
	if l.verdict == nil {
		return nil
	}
	verdict := *l.verdict
	verdict.Parts = append([]Part(nil), l.verdict.Parts...)
	return &verdict
}

// MarshalJSON is every claim by the names of the format, in its order; those that were left out with what that means.
func (l *License) MarshalJSON() ([]byte, error) {
	type confirmation struct {
		Thumbprint string `json:"jkt"`
	}
	var key *confirmation
	if l.claims.deviceKey != nil {
		key = &confirmation{l.claims.deviceKey.String()}
	}
	c := l.claims
	return json.Marshal(struct {
		Issuer    string        `json:"iss"`
		Product   string        `json:"aud"`
		Instance  string        `json:"sub"`
		ID        string        `json:"jti"`
		IssuedAt  int64         `json:"iat"`
		NotBefore int64         `json:"nbf"`
		ExpiresAt *int64        `json:"exp"`
		Binding   *Binding      `json:"dev"`
		Quantity  uint32        `json:"qty"`
		Features  []string      `json:"feat"`
		Grace     uint32        `json:"grace"`
		Trial     bool          `json:"trial"`
		Test      bool          `json:"test"`
		DeviceKey *confirmation `json:"cnf"`
	}{c.issuer, c.product, c.instance, c.id, c.issuedAt, c.notBefore, c.expiresAt, c.binding, c.quantity, c.features,
		c.grace, c.trial, c.test, key})
}
