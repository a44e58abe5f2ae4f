// Command license-conformance-go answers license-conformance, so that this package is held to the same truth as every
// other verifier: docs/sdk/conformance.md.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"license-core/license"
)

// longestLine is how long a question may be, in bytes.
const longestLine = 1 << 20

// question has the members of every operation.
type question struct {
	ID     json.RawMessage `json:"id"`
	Op     string          `json:"op"`
	Token  string          `json:"token"`
	Now    int64           `json:"now"`
	Trust  trustMembers    `json:"trust"`
	Device json.RawMessage `json:"device"`

	Challenge *string `json:"challenge"`
	Proof     *string `json:"proof"`

	Realm  string          `json:"realm"`
	Dev    json.RawMessage `json:"dev"`
	Text   string          `json:"text"`
	Issuer string          `json:"issuer"`
	Keys   json.RawMessage `json:"keys"`
	Sets   []string        `json:"sets"`

	Product     string            `json:"product"`
	System      string            `json:"system"`
	Environment map[string]string `json:"environment"`
}

type trustMembers struct {
	Issuer     string          `json:"issuer"`
	Product    string          `json:"product"`
	Realm      string          `json:"realm"`
	Keys       json.RawMessage `json:"keys"`
	Test       bool            `json:"test"`
	Learned    string          `json:"learned"`
	Possession bool            `json:"possession"`
}

type answer map[string]any

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, longestLine+2)
	out := bufio.NewWriter(os.Stdout)
	for lines.Scan() {
		line, err := json.Marshal(answerTo(lines.Bytes()))
		if err != nil {
			line, _ = json.Marshal(answer{"error": err.Error()})
		}
		_, _ = out.Write(append(line, '\n'))
		if err := out.Flush(); err != nil {
			return
		}
	}
}

func answerTo(line []byte) answer {
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{"error": "the question is not understood: " + err.Error()}
	}
	said := asked.answer()
	if asked.ID != nil {
		said["id"] = asked.ID
	}
	return said
}

func (q *question) answer() answer {
	switch q.Op {
	case "hello":
		return answer{"name": "license-core for Go", "version": "0.1.0", "protocol": 1,
			"ops": []string{"verify", "match", "df1", "vendor_file", "key_set", "possession", "find"}}
	case "verify":
		return q.verify()
	case "match":
		return q.match()
	case "df1":
		return q.df1()
	case "vendor_file":
		return q.vendorFile()
	case "key_set":
		return q.keySet()
	case "find":
		return q.find()
	}
	return answer{"error": "this operation is not known"}
}

// refused is the answer that is a word alone.
func refused(err error) answer {
	outcome, _ := license.OutcomeOf(err)
	return answer{"outcome": outcome.String()}
}

func keyRing(keys json.RawMessage) (license.KeyRing, error) {
	return license.ParseJWKS(`{"keys":` + string(keys) + `}`)
}

func (q *question) verify() answer {
	keys, err := keyRing(q.Trust.Keys)
	if err != nil {
		return refused(err)
	}
	trust := license.NewTrust(q.Trust.Issuer, q.Trust.Product, q.Trust.Realm, keys).AcceptingTest(q.Trust.Test)
	// What cannot be taken teaches nothing.
	trust, _ = trust.Learn(q.Trust.Learned)
	if q.Trust.Possession {
		trust = trust.RequiringPossession()
	}
	device, err := readDevice(trust, q.Device)
	if err != nil {
		return answer{"outcome": license.UnreadableDevice.String()}
	}
	verified, err := q.verified(trust, device)
	if err != nil {
		said := refused(err)
		if known, ok := err.(*license.Error); ok {
			addVerdict(said, known.Verdict)
			if known.Proof != "" {
				said["proof"] = known.Proof
			}
		}
		return said
	}
	said := answer{"outcome": verified.Outcome().String(), "claims": verified}
	if days, ends := verified.DaysLeft(time.Unix(q.Now, 0)); ends {
		said["days_left"] = days
	}
	addVerdict(said, verified.Verdict())
	return said
}

func (q *question) verified(trust *license.Trust, device *license.Device) (*license.License, error) {
	unverified, err := license.Parse(q.Token)
	if err != nil {
		return nil, err
	}
	now := time.Unix(q.Now, 0)
	if q.Challenge == nil || q.Proof == nil {
		return unverified.Verify(trust, device, now)
	}
	challenge, err := license.ParseChallenge(*q.Challenge)
	if err != nil {
		return nil, err
	}
	return unverified.VerifyWithProof(trust, device, now, challenge, *q.Proof)
}

// readDevice reads nothing, a text, or what the agent prints.
func readDevice(trust *license.Trust, device json.RawMessage) (*license.Device, error) {
	if len(device) == 0 || bytes.Equal(device, []byte("null")) {
		return nil, nil
	}
	var members map[string]json.RawMessage
	_ = json.Unmarshal(device, &members)
	text := members["text"]
	if text == nil || string(text) == "null" {
		return license.DeviceFromJSON(trust, device)
	}
	for _, name := range []string{"fingerprint", "found", "privileged", "unreadable"} {
		if other := members[name]; other != nil && string(other) != "null" {
			return nil, fmt.Errorf("a text and %s", name)
		}
	}
	var said string
	if err := json.Unmarshal(text, &said); err != nil {
		return nil, err
	}
	return license.DeviceFromText(trust, said)
}

func addVerdict(said answer, verdict *license.Verdict) {
	if verdict == nil {
		return
	}
	parts := []answer{}
	for _, part := range verdict.Parts {
		row := answer{"kind": part.Kind.String(), "weight": part.Weight, "outcome": part.Outcome}
		if part.Outcome == license.Partly {
			row["matched"], row["of"] = part.Matched, part.Of
		}
		parts = append(parts, row)
	}
	said["verdict"] = answer{"passes": verdict.Passes, "score": verdict.Score,
		"needs_privileges": verdict.NeedsPrivileges, "opaque": verdict.Opaque, "parts": parts}
}

func (q *question) match() answer {
	device, err := readDevice(license.NewTrust("", "", q.Realm, nil), q.Device)
	if err != nil {
		return answer{"outcome": license.UnreadableDevice.String()}
	}
	dev := []byte(q.Dev)
	var spelled string
	if json.Unmarshal(dev, &spelled) == nil {
		dev = []byte(spelled)
	}
	binding, err := license.ParseBinding(dev)
	if err != nil {
		return refused(err)
	}
	verdict := binding.Check(device)
	outcome := license.WrongDevice.String()
	switch {
	case verdict.Passes:
		outcome = "matched"
	case verdict.NeedsPrivileges:
		outcome = license.NeedsPrivileges.String()
	}
	said := answer{"outcome": outcome}
	addVerdict(said, verdict)
	return said
}

func (q *question) df1() answer {
	components, err := license.ParseFingerprint(q.Realm, q.Text)
	if err != nil {
		return refused(err)
	}
	rows := []answer{}
	for _, component := range components {
		rows = append(rows, answer{"kind": component.Kind.String(), "digest": component.DigestText(),
			"privileged": component.Privileged})
	}
	return answer{"outcome": "components", "components": rows}
}

func (q *question) vendorFile() answer {
	trust, err := license.ParseVendorFile(q.Text)
	if err != nil {
		return refused(err)
	}
	said := answer{"outcome": "trust", "issuer": trust.Issuer(), "product": trust.Product(), "realm": trust.Realm(),
		"test": trust.AcceptsTest(), "keys": thumbprints(trust)}
	if server, found := trust.LookupServer(); found {
		said["server"] = server
	}
	return said
}

func (q *question) keySet() answer {
	keys, err := keyRing(q.Keys)
	if err != nil {
		return answer{"error": err.Error()}
	}
	text := ""
	for _, set := range q.Sets {
		text += set + "\n"
	}
	trust, err := license.NewTrust(q.Issuer, "", q.Issuer, keys).Learn(text)
	said := answer{"outcome": "learned"}
	if err != nil {
		said = refused(err)
	}
	said["trusted"] = thumbprints(trust)
	return said
}

func thumbprints(trust *license.Trust) []string {
	texts := []string{}
	for _, id := range trust.Keys() {
		texts = append(texts, id.String())
	}
	return texts
}

func (q *question) find() answer {
	system := q.System
	if system == "macos" {
		system = "darwin"
	}
	places := license.Places{System: system, Variable: func(name string) string { return q.Environment[name] }}
	files, err := places.Licenses(q.Product)
	if err != nil {
		return refused(err)
	}
	return answer{"outcome": "files", "files": append([]string{}, files...)}
}
