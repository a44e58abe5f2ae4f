package license

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	vendor = "https://vendor.example"
	begin  = 1_790_000_000
	// disk and board of the format's worked example
	deviceText = "DF1-2YV4QVQCX4UPWPYPXNKUP2QPQOGRZ4QVYSKYNOTASOC2GXHY"
	boundClaim = `"dev":{"v":1,"r":"1ivIVg","min":60,"c":{"disk":[20,"vyj7Pw-7VUfqDw"],"board":[25,"jRzyFcSVhrpgkw"]}}`
)

// signer is a key of the tests' own.
type signer struct{ private ed25519.PrivateKey }

func signerOf(n byte) signer {
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = n
	return signer{ed25519.NewKeyFromSeed(seed)}
}

func (s signer) key() VerifyingKey {
	key, err := NewVerifyingKey(s.private.Public().(ed25519.PublicKey))
	if err != nil {
		panic(err)
	}
	return key
}

func (s signer) sign(header, payload string) string {
	text := encodeBase64([]byte(header)) + "." + encodeBase64([]byte(payload))
	return text + "." + encodeBase64(ed25519.Sign(s.private, []byte(text)))
}

func (s signer) license(more string) string {
	payload := fmt.Sprintf(`{"iss":%q,"aud":"cad","sub":"i-1","jti":"l-1","iat":%d,"nbf":%d,"exp":%d,"qty":1,"feat":["mesh"],"grace":3600%s}`,
		vendor, begin, begin, begin+30*86_400, more)
	return s.sign(fmt.Sprintf(`{"alg":"EdDSA","kid":"%s","typ":"license+jwt"}`, s.key().ID()), payload)
}

func (s signer) vendorFile() string {
	return fmt.Sprintf("issuer = %q\nproduct = \"cad\"\n\n[[keys]]\nkty = \"OKP\"\ncrv = \"Ed25519\"\nx = %q\n",
		vendor, encodeBase64(s.private.Public().(ed25519.PublicKey)))
}

func (s signer) trust(t testing.TB) *Trust {
	trust, err := ParseVendorFile(s.vendorFile())
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

func at(days int64) time.Time { return time.Unix(begin+days*86_400, 0) }

func mustBe(t *testing.T, err error, wanted Outcome) {
	t.Helper()
	if outcome, ok := OutcomeOf(err); !ok || outcome != wanted {
		t.Fatalf("%v is due, not %v", wanted, err)
	}
}

func TestALicenseHoldsOnItsMachineUntilGraceIsOver(t *testing.T) {
	us := signerOf(1)
	trust, token := us.trust(t), us.license(","+boundClaim)
	device, err := DeviceFromText(trust, strings.ToLower(deviceText))
	if err != nil {
		t.Fatal(err)
	}
	verified, err := Verify(token+"\n", trust, device, at(10))
	if err != nil {
		t.Fatal(err)
	}
	if days, ends := verified.DaysLeft(at(10)); !ends || days != 20 || verified.Outcome() != Active {
		t.Errorf("%d days, %v", days, verified.Outcome())
	}
	if !verified.HasFeature("mesh") || verified.HasFeature("Mesh") || verified.Verdict().Score != 100 {
		t.Error("features or verdict")
	}
	inGrace, err := Verify(token, trust, device, at(30))
	if err != nil || inGrace.Outcome() != Grace {
		t.Errorf("grace: %v", err)
	}
	_, err = Verify(token, trust, device, at(31))
	mustBe(t, err, Expired)
	if said := Explain(err); !strings.Contains(said, "ended at 2026-10-21T15:13:20Z") || !strings.Contains(said, "Renew") {
		t.Error(said)
	}
	_, err = Verify(token, trust, nil, at(1))
	mustBe(t, err, WrongDevice)
	var known *Error
	if !errors.As(err, &known) || known.Verdict.Parts[0].Outcome != Missing {
		t.Errorf("%v", err)
	}
	if !errors.Is(err, &Error{Outcome: WrongDevice}) || errors.Is(err, &Error{Outcome: Expired}) {
		t.Error("errors.Is goes by the outcome")
	}
	_, err = Verify(signerOf(2).license(""), trust, device, at(1))
	mustBe(t, err, UnknownKey)
	_, err = Verify(strings.Replace(token, ".", ".e", 1), trust, device, at(1))
	mustBe(t, err, Signature)
	_, err = Verify(us.license(`,"test":true`), trust, nil, at(1))
	mustBe(t, err, TestLicense)
	_, err = Verify(us.license(""), trust.RequiringPossession(), nil, at(1))
	mustBe(t, err, Possession)
}

func TestNumbersAndWordsAreThoseOfThePage(t *testing.T) {
	page, err := os.ReadFile("../../../docs/sdk/conformance.md")
	if err != nil {
		t.Skip("the page is not here")
	}
	rows := regexp.MustCompile("(?m)^\\| (\\d+) \\| `([a-z-]+)` \\| (.*?) \\|").FindAllStringSubmatch(string(page), -1)
	if len(rows) < 35 {
		t.Fatal("the page has changed")
	}
	for _, row := range rows {
		var number Outcome
		_, _ = fmt.Sscan(row[1], &number)
		onlyOfTexts := row[3] == "`text`" && words[number] == ""
		if number.String() != row[2] && !onlyOfTexts && number != 31 {
			t.Errorf("%d is %s there and %s here", number, row[2], number)
		}
	}
}

func TestKeysUnderWhichAnybodyCouldSignAreRefused(t *testing.T) {
	spelled := func(y ...byte) []byte { return append(y, make([]byte, 32-len(y))...) }
	unreduced := make([]byte, 32)
	for at := range unreduced {
		unreduced[at] = 0xff
	}
	unreduced[31] = 0x7f // y = 18, with the prime added to it
	for _, bytes := range [][]byte{spelled(0), spelled(1), spelled(2), unreduced, spelled(18)[:31], nil} {
		if _, err := NewVerifyingKey(bytes); err == nil {
			t.Errorf("%x is a key", bytes)
		}
	}
	if _, err := NewVerifyingKey(spelled(18)); err != nil {
		t.Error(err)
	}
	for _, small := range []string{ // every point of small order, and each with the other sign
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	} {
		bytes, _ := hex.DecodeString(small)
		for _, sign := range []byte{0, 0x80} {
			bytes[31] |= sign
			if _, err := NewVerifyingKey(bytes); err == nil || !isSmallOrder(bytes) {
				t.Errorf("%x is of small order", bytes)
			}
		}
	}
}

func TestWhatIsWrongWithAVendorFileIsNamed(t *testing.T) {
	good := signerOf(1).vendorFile()
	for text, says := range map[string]string{
		"": "`issuer`",
		strings.Replace(good, "issuer", "isuer", 1): "`isuer` is no setting",
		strings.Replace(good, "OKP", "RSA", 1):      "`keys`",
		good + "x = 1\n":                            "stands twice in line 8",
		"test = 1\n" + good:                         "`test`",
		`issuer = """a"""`:                          "several lines in line 1",
	} {
		_, err := ParseVendorFile(text)
		mustBe(t, err, UnusableTrust)
		if !strings.Contains(err.Error(), says) {
			t.Errorf("%v, not %s", err, says)
		}
	}
}

func TestOneTrustServesManyGoroutines(t *testing.T) {
	us, next := signerOf(1), signerOf(2)
	trust := us.trust(t)
	jwk := func(s signer) string {
		return fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q}`, encodeBase64(s.key().key))
	}
	set := us.sign(fmt.Sprintf(`{"alg":"EdDSA","kid":"%s","typ":"license-keys+jwt"}`, us.key().ID()),
		fmt.Sprintf(`{"iss":%q,"seq":1,"iat":1,"keys":[%s,%s]}`, vendor, jwk(us), jwk(next)))
	var group sync.WaitGroup
	for n := 0; n < 8; n++ {
		group.Add(1)
		go func() {
			defer group.Done()
			learned, err := trust.Learn(set)
			if err != nil || len(learned.Keys()) != 2 || len(trust.Keys()) != 1 {
				t.Errorf("%v", err)
			}
			if _, err := Verify(next.license(""), learned, nil, at(1)); err != nil {
				t.Error(err)
			}
			if _, err := Verify(next.license(""), trust, nil, at(1)); err == nil {
				t.Error("learning changed the trust that others use")
			}
		}()
	}
	group.Wait()
}

func TestClaimsAsJSONAreThoseOfTheFormat(t *testing.T) {
	us := signerOf(1)
	verified, err := Verify(us.license(""), us.trust(t), nil, at(1))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(verified)
	if !strings.HasPrefix(string(text), `{"iss":"https://vendor.example","aud":"cad","sub":"i-1"`) {
		t.Error(string(text))
	}
}

// FuzzReaders gives every reader the same bytes: none panics, and none takes them for what the vendor signed.
func FuzzReaders(f *testing.F) {
	us := signerOf(1)
	trust, token := us.trust(f), us.license(","+boundClaim)
	for _, seed := range []string{
		"", token, us.vendorFile(), deviceText, `{"fingerprint":"` + deviceText + `","found":{"disk":["AAAAAAAAAAAAAA"]}}`,
		"{" + boundClaim + "}", "clock-guard/v1 0 - - 0 x", "[[keys]]\n[[keys]]", `keys = [{x="\u00e4"}, [1.5, true]] # a`,
		"df1", "D-F1", "\\", `{"a":"\ud800`, `{"a":1e999}`, strings.Repeat("[", 200), strings.Repeat("a=[", 300),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := Verify(text, trust, nil, at(1)); err == nil {
			t.Error("a license")
		}
		_, _ = ParseVendorFile(text)
		_, _ = parseJSON([]byte(text))
		_, _ = readClaims([]byte(text))
		_, _ = ParseBinding([]byte(text))
		_, _ = DeviceFromText(trust, text)
		_, _ = DeviceFromJSON(trust, []byte(text))
		_, _ = trust.Learn(text)
		_, _ = fileStem(text)
		var challenge Challenge
		if challenge.check(KeyID{}, token, text) == "" {
			t.Error("a proof")
		}
		NewClockGuard(trust, nil, text).Observe(Observation{Now: at(1)})
	})
}

func BenchmarkBareSignature(b *testing.B) {
	key := signerOf(1)
	token, _ := Parse(key.license("," + boundClaim))
	public := key.key().key
	b.ResetTimer()
	for n := 0; n < b.N; n++ {
		if !ed25519.Verify(public, token.signed, token.signature) {
			b.Fatal("refused")
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	us := signerOf(1)
	trust, token := us.trust(b), us.license(","+boundClaim)
	device, err := DeviceFromText(trust, deviceText)
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for n := 0; n < b.N; n++ {
		if _, err := Verify(token, trust, device, at(1)); err != nil {
			b.Fatal(err)
		}
	}
}
