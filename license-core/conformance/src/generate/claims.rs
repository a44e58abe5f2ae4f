//! The payload of a license, claim by claim as raw JSON, and what can be wrong with it.

use super::VENDOR;
use super::rng::Rng;

/// Claims as they will be written, name and raw value.
pub(super) struct Payload {
    pub(super) members: Vec<(String, String)>,
    /// Bytes in place of the members.
    pub(super) raw: Option<Vec<u8>>,
    /// What was done to it.
    pub(super) why: String,
    pub(super) not_before: i64,
    pub(super) expires_at: Option<i64>,
    pub(super) grace: i64,
    pub(super) is_test: bool,
}

/// When generated licenses begin, more or less.
pub(super) const BEGIN: i64 = 1_790_000_000;

/// Numbers and other values at the edges of what a claim may be.
pub(super) const EDGES: [&str; 52] = [
    "0",
    "1",
    "-1",
    "-0",
    "0.0",
    "1.0",
    "1e3",
    "1E+3",
    "1e-3",
    "1.5",
    "01",
    "+1",
    "0x10",
    "1_000",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "253402300799",
    "253402300800",
    "9007199254740991",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e308",
    "1.7976931348623157e308",
    "1.7976931348623158e308",
    "1.7976931348623159e308",
    "-1.7976931348623158e308",
    "1.797693134862315807e308",
    "1.797693134862315808e308",
    "179769313486231593e291",
    "17976931348623158e292",
    "1e309",
    "-1e309",
    "NaN",
    "Infinity",
    "\"1\"",
    "\"\"",
    "true",
    "false",
    "null",
    "[]",
    "{}",
    "[1]",
    "\"x\"",
    "'x'",
    "1790000000.0",
    "1790000000000",
    "undefined",
];

/// Texts at the edges of what a text claim may be.
pub(super) const TEXTS: [&str; 26] = [
    r#""""#,
    r#"" ""#,
    r#""\u0000""#,
    r#""\ud83d\ude00""#,
    r#""\ud800""#,
    r#""\udc00x""#,
    r#""\ud83d\u0041""#,
    r#""\/""#,
    r#""\x41""#,
    r#""\u00""#,
    "\"\t\"",
    "\"\u{7f}\"",
    "\"é\"",
    "\"e\u{301}\"",
    "\"中文\"",
    "\"😀\"",
    "\"\u{feff}a\"",
    "\"\u{202e}a\"",
    r#""\"""#,
    r#""\\""#,
    "\"open",
    "null",
    "7",
    "[\"https://vendor.example\"]",
    "{}",
    r#""https:\/\/vendor.example""#,
];

/// Names of claims that are known.
const NAMES: [&str; 14] =
    ["iss", "aud", "sub", "jti", "iat", "nbf", "exp", "dev", "qty", "feat", "grace", "trial", "test", "cnf"];

impl Payload {
    /// A license for any machine that is active at [`BEGIN`].
    #[cfg(test)]
    pub(super) fn plain() -> Self {
        Self::of(BEGIN - 100, Some(BEGIN + 86_400), 3600, false, r#"["mesh","cam"]"#)
    }

    /// A good license for any machine.
    pub(super) fn random(rng: &mut Rng) -> Self {
        let not_before = BEGIN - rng.below(100_000) as i64;
        let lasts = [1, 60, 86_399, 86_400, 86_401, 31_536_000][rng.below(6)];
        let expires_at = (!rng.once_in(6)).then_some(not_before + lasts);
        let is_trial = rng.once_in(8);
        let grace = if is_trial { 0 } else { [0, 0, 1, 3600, 604_800][rng.below(5)] };
        let feat = rng.word(&["[]", r#"["mesh"]"#, r#"["mesh","cam"]"#, r#"["中文","\ud83d\ude00"]"#]);
        let mut payload = Self::of(not_before, expires_at, grace, is_trial, feat);
        if rng.once_in(2) {
            payload.is_test = true;
            payload.push("test", "true");
        }
        if rng.once_in(6) {
            payload.set("qty", rng.word(&["1", "2", "100", "4294967295"]));
        }
        payload
    }

    fn of(not_before: i64, expires_at: Option<i64>, grace: i64, is_trial: bool, feat: &str) -> Self {
        let mut payload = Self {
            members: Vec::new(),
            raw: None,
            why: "a good license".into(),
            not_before,
            expires_at,
            grace,
            is_test: false,
        };
        payload.push("iss", &format!("\"{VENDOR}\""));
        payload.push("aud", "\"cad-pro\"");
        payload.push("sub", "\"03pf80c2-bae9-6vc4-9b80-b917bea776d7\"");
        payload.push("jti", "\"01997f3a-7b64-7c21-9d3e-5b7c0f1a2b3c\"");
        payload.push("iat", &not_before.to_string());
        payload.push("nbf", &not_before.to_string());
        if let Some(end) = expires_at {
            payload.push("exp", &end.to_string());
        }
        payload.push("qty", "1");
        payload.push("feat", feat);
        if grace > 0 {
            payload.push("grace", &grace.to_string());
        }
        if is_trial {
            payload.push("trial", "true");
        }
        payload
    }

    pub(super) fn push(&mut self, name: &str, value: &str) {
        self.members.push((name.to_owned(), value.to_owned()));
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        match self.members.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value.to_owned(),
            None => self.push(name, value),
        }
    }

    /// The payload's text.
    pub(super) fn json(&self) -> String {
        let members: Vec<_> =
            self.members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    }

    /// The payload's bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.raw.clone().unwrap_or_else(|| self.json().into_bytes())
    }

    /// Changes one thing: some changes leave a good license, most do not.
    pub(super) fn mutate(&mut self, rng: &mut Rng) {
        self.why = match rng.below(14) {
            0..3 => {
                let (name, value) = (*rng.pick(&NAMES), *rng.pick(&EDGES));
                self.set(name, value);
                format!("`{name}` is {value}")
            }
            3 => {
                let (name, value) = (rng.word(&["iss", "aud", "sub", "jti"]), *rng.pick(&TEXTS));
                self.set(name, value);
                format!("`{name}` is {value}")
            }
            4 => {
                let at = rng.below(self.members.len());
                let (name, _) = self.members.remove(at);
                format!("`{name}` is left out")
            }
            5 => self.repeat(rng),
            6 | 7 => self.unknown(rng),
            8 => {
                for at in (1..self.members.len()).rev() {
                    self.members.swap(at, rng.below(at + 1));
                }
                "the claims come in another order".into()
            }
            9 => self.respell(rng),
            10 => self.features(rng),
            11 => self.lengths(rng),
            12 => self.windows(rng),
            _ => self.confirmation(rng),
        };
    }

    fn repeat(&mut self, rng: &mut Rng) -> String {
        let at = rng.below(self.members.len());
        let (name, value) = self.members[at].clone();
        let spelled = if rng.once_in(2) { name.clone() } else { escaped(&name) };
        let to = rng.below(self.members.len() + 1);
        self.members.insert(to, (spelled, value));
        format!("`{name}` stands twice")
    }

    fn unknown(&mut self, rng: &mut Rng) -> String {
        let nested =
            |depth: usize, open: &str, close: &str| format!("{}{}", open.repeat(depth), close.repeat(depth));
        let depth = *rng.pick(&[10, 100, 125, 126, 127, 128, 200]);
        let value = match rng.below(8) {
            0 => nested(depth, "[", "]"),
            1 => format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth)),
            2 => rng.pick(&EDGES).to_string(),
            3 => rng.pick(&TEXTS).to_string(),
            4 => r#"{"a":1,"b":[{"c":2,"c":3}]}"#.into(),
            5 => r#"{"a":1,"b":[{"c":2},{"c":3}],"\u0061b":null}"#.into(),
            6 => r#"[{"a":{"b":1,"\u0062":2}}]"#.into(),
            _ => r#"[1,2,{"x":[true,false,null,-1.5e-3]}]"#.into(),
        };
        let name = rng.word(&[
            "x",
            "crit",
            "ISS",
            "Exp",
            "nbf ",
            "",
            "feat_terms",
            "中",
            "__proto__",
            "constructor",
        ]);
        let shown: String = value.chars().take(40).collect();
        let to = rng.below(self.members.len() + 1);
        self.members.insert(to, (name.into(), value));
        format!("`{name}`, which is not known, is {shown}, {depth} deep")
    }

    fn respell(&mut self, rng: &mut Rng) -> String {
        let json = self.json();
        let (raw, why): (Vec<u8>, &str) = match rng.below(14) {
            0 => (format!(" \t\r\n{json} \n").into(), "white space around the claims"),
            1 => (json.replace(":", " : ").replace(",", " ,\n").into(), "white space between the claims"),
            2 => (format!("\u{feff}{json}").into(), "a byte order mark before the claims"),
            3 => (format!("{json}x").into(), "something behind the claims"),
            4 => (format!("{json}{json}").into(), "the claims twice"),
            5 => (format!("[{json}]").into(), "a list of claims"),
            6 => (json.replacen('}', ",}", 1).into(), "a comma too many"),
            7 => (json.replacen(',', ",/* */", 1).into(), "a remark among the claims"),
            8 => ([json.as_bytes(), b"\0"].concat(), "a NUL behind the claims"),
            9 => (json.replacen("cad-pro", "cad-pr\u{0}", 1).into(), "a NUL in a text"),
            10 => (latin_1(&json), "a text that is no UTF-8"),
            11 => (json.as_bytes()[..json.len() - 1].to_vec(), "the last brace is cut off"),
            12 => (Vec::new(), "no claims at all"),
            _ => (json.replacen("\"iss\"", "\"\\u0069ss\"", 1).into(), "a name with an escape"),
        };
        self.raw = Some(raw);
        why.into()
    }

    fn features(&mut self, rng: &mut Rng) -> String {
        let long = |len: usize| format!("[\"{}\"]", "f".repeat(len));
        let value = match rng.below(10) {
            0 => long(256),
            1 => long(257),
            2 => r#"["mesh",""]"#.into(),
            3 => r#"["mesh","mesh"]"#.into(),
            4 => r#"["mesh",null]"#.into(),
            5 => r#""mesh""#.into(),
            6 => r#"{"0":"mesh"}"#.into(),
            7 => r#"["mesh",]"#.into(),
            8 => format!("[{}]", vec!["\"f\""; 1000].join(",")),
            _ => r#"[["mesh"]]"#.into(),
        };
        self.set("feat", &value);
        format!("`feat` is {}", value.chars().take(30).collect::<String>())
    }

    fn lengths(&mut self, rng: &mut Rng) -> String {
        let name = rng.word(&["iss", "aud", "sub", "jti"]);
        let (unit, len) = *rng.pick(&[
            ("a", 255),
            ("a", 256),
            ("a", 257),
            ("é", 128),
            ("é", 129),
            ("中", 85),
            ("中", 86),
            ("😀", 64),
            ("😀", 65),
        ]);
        self.set(name, &format!("\"{}\"", unit.repeat(len)));
        format!("`{name}` is {} bytes long", unit.len() * len)
    }

    fn windows(&mut self, rng: &mut Rng) -> String {
        let (end, grace) =
            (self.not_before + *rng.pick(&[-1, 0, 1]), rng.word(&["0", "4294967295", "4294967296"]));
        self.set("exp", &end.to_string());
        self.set("grace", grace);
        if rng.once_in(3) {
            self.set("trial", rng.word(&["true", "false"]));
        }
        format!("it ends {} s after it begins, with a grace of {grace}", end - self.not_before)
    }

    fn confirmation(&mut self, rng: &mut Rng) -> String {
        let good = "AkXIZFzonb59ZmGwyKgi3H3BwMi6amevqdKQiLZhdtc";
        let value = match rng.below(12) {
            0 => "{}".into(),
            1 => r#"{"jkt":null}"#.into(),
            2 => format!(r#"{{"jkt":"{good}=="}}"#),
            3 => format!(r#"{{"jkt":"{}"}}"#, &good[1..]),
            4 => format!(r#"{{"jkt":"{}d"}}"#, &good[..42]),
            5 => format!(r#"{{"jkt":"{good}","jkt":"{good}"}}"#),
            6 => format!(r#"{{"jwk":{{"kty":"OKP"}},"jkt":"{good}","kid":1}}"#),
            7 => format!("[\"{good}\"]"),
            8 => r#"{"jkt":7}"#.into(),
            9 => format!("\"{good}\""),
            10 => r#"{"kid":"x"}"#.into(),
            _ => format!(r#"{{"jkt":"{good}"}}"#),
        };
        self.set("cnf", &value);
        format!("`cnf` is {value}")
    }
}

/// The text as escapes of JSON.
pub(super) fn escaped(name: &str) -> String {
    name.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect()
}

/// The text with a byte that stands for é in Latin 1.
fn latin_1(json: &str) -> Vec<u8> {
    let mut bytes = json.as_bytes().to_vec();
    if let Some(at) = json.find("cad-pro") {
        bytes[at] = 0xe9;
    }
    bytes
}
