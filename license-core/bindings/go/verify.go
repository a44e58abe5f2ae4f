package license

import "time"

// notBeforeLeeway is how far behind a clock may be, in seconds.
const notBeforeLeeway = 300

// Unverified is a license as it was received. It says nothing until Verify has checked it.
type Unverified struct{ compact }

// Parse takes a license apart. White space around it is dropped, as files end with a line feed. The error is Malformed.
func Parse(token string) (*Unverified, error) {
	split, why := splitToken(token, typLicense)
	if why != "" {
		return nil, malformed(why)
	}
	return &Unverified{split}, nil
}

func malformed(why string) *Error { return fault(Malformed, "this is not a license: %s", why) }

// String is the token, without white space around it.
func (u *Unverified) String() string { return u.token }

// Verify parses and verifies in one call.
func Verify(token string, trust *Trust, device *Device, now time.Time) (*License, error) {
	unverified, err := Parse(token)
	if err != nil {
		return nil, err
	}
	return unverified.Verify(trust, device, now)
}

// Verify checks key, signature, form of the claims, issuer, product, time window, device, and test or real, in that order,
// over the bytes as received. A nil device is a machine on which nothing usable was found. The error is the first check
// that failed; the last one is Possession where trust requires it.
func (u *Unverified) Verify(trust *Trust, device *Device, now time.Time) (*License, error) {
	license, err := u.verify(trust, device, now)
	if err == nil && trust.possession {
		return nil, notProved("missing")
	}
	return license, err
}

// VerifyWithProof is Verify, and then whether proof is the answer to challenge by the key that the license names. The
// challenge is the caller's own, new for this check.
func (u *Unverified) VerifyWithProof(
	trust *Trust, device *Device, now time.Time, challenge Challenge, proof string,
) (*License, error) {
	license, err := u.verify(trust, device, now)
	if err != nil {
		return nil, err
	}
	if license.claims.deviceKey == nil {
		return nil, notProved("no-key")
	}
	if word := challenge.check(*license.claims.deviceKey, u.token, proof); word != "" {
		return nil, notProved(word)
	}
	return license, nil
}

func (u *Unverified) verify(trust *Trust, device *Device, now time.Time) (*License, error) {
	claims, err := u.genuine(trust)
	if err != nil {
		return nil, err
	}
	secs := now.Unix()
	switch state, until := claims.state(secs); state {
	case StateNotYetValid:
		return nil, fault(NotYetValid, "the license is valid from %s; the clock here says %s", date(claims.notBefore), date(secs))
	case StateExpired:
		return nil, fault(Expired, "the license ended at %s; the clock here says %s", date(until), date(secs))
	}
	license := &License{claims: claims, verifiedAt: now}
	if claims.binding != nil {
		license.verdict = claims.binding.Check(device)
		if err := license.verdict.fault(); err != nil {
			return nil, err
		}
	}
	if err := claims.isAccepted(trust); err != nil {
		return nil, err
	}
	return license, nil
}

// SignedAt is when it was signed, whether or not it holds here and now: proof for a [ClockGuard] that it is at least that
// late. The error is the first check that failed, of all but time window and device.
func (u *Unverified) SignedAt(trust *Trust) (time.Time, error) {
	claims, err := u.genuine(trust)
	if err == nil {
		err = claims.isAccepted(trust)
	}
	if err != nil {
		return time.Time{}, err
	}
	return time.Unix(claims.issuedAt, 0).UTC(), nil
}

// genuine are the claims of a license that the vendor signed for this product. They are decoded only after the signature
// was verified.
func (u *Unverified) genuine(trust *Trust) (*claims, error) {
	key, known := trust.keys.find(u.kid)
	if !known {
		return nil, fault(UnknownKey, "the license was signed with key %s, which is not one of the vendor's keys known here", u.kid)
	}
	if !key.verifies(u.signed, u.signature) {
		return nil, fault(Signature, "the signature does not fit: the license was changed or forged")
	}
	claims, why := readClaims(u.payload)
	switch {
	case why != "":
		return nil, malformed("its claims are not understood: " + why)
	case claims.issuer != trust.issuer:
		return nil, fault(Issuer, "the license is from %s, not from %s", shown(claims.issuer), shown(trust.issuer))
	case claims.product != trust.product:
		return nil, fault(Product, "the license is for the product %s, not for %s", shown(claims.product), shown(trust.product))
	}
	return claims, nil
}

// isAccepted compares test or real with what is asked for.
func (c *claims) isAccepted(trust *Trust) error {
	switch {
	case c.test && !trust.test:
		return fault(TestLicense, "this is a test license; real ones are asked for")
	case !c.test && trust.test:
		return fault(RealLicense, "this is a real license; test ones are asked for")
	}
	return nil
}

// fault is nil if the device passes.
func (v *Verdict) fault() error {
	switch {
	case v.Passes:
		return nil
	case v.NeedsPrivileges:
		return &Error{Outcome: NeedsPrivileges, Verdict: v,
			sentence: "the license is bound to hardware facts that only an administrator can read"}
	}
	return &Error{Outcome: WrongDevice, Verdict: v,
		sentence: "the license is bound to another machine, or too much of this one was changed"}
}
