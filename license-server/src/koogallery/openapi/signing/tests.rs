use proptest::prelude::*;
use serde_json::Value;

use super::*;

const NOW: UnixTime = UnixTime::from_secs(1_795_429_200);
const NOW_TEXT: &str = "20261123T102000Z";

type Pairs = Vec<(String, String)>;

/// A request that owns its parts.
#[derive(Clone, Debug)]
struct Owned {
    method: String,
    path: String,
    query: Pairs,
    headers: Pairs,
    body: Vec<u8>,
}

impl Owned {
    fn with<T>(&self, work: impl FnOnce(&SignedRequest<'_>) -> T) -> T {
        let query: Vec<_> = self.query.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let headers: Vec<_> = self.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        work(&SignedRequest {
            method: &self.method,
            path: &self.path,
            query: &query,
            headers: &headers,
            body: &self.body,
        })
    }

    fn authorization(&self, keys: &(Secret, Secret)) -> String {
        self.with(|request| authorization(request, &keys.0, &keys.1))
    }

    fn signed(mut self, keys: &(Secret, Secret)) -> Self {
        let authorization = self.authorization(keys);
        self.headers.push(("Authorization".into(), authorization));
        self
    }

    fn check(&self, keys: &(Secret, Secret)) -> Result<(), SignatureError> {
        self.with(|request| check(request, &keys.0, &keys.1, NOW))
    }
}

fn keys() -> (Secret, Secret) {
    (Secret::from("AKDEMO0001"), Secret::from("SKdemo0001secret"))
}

fn plain() -> Owned {
    Owned {
        method: "GET".into(),
        path: "/a".into(),
        query: Vec::new(),
        headers: vec![("Host".into(), "h".into()), ("X-Sdk-Date".into(), NOW_TEXT.into())],
        body: Vec::new(),
    }
}

#[test]
fn the_stores_vectors_come_out_as_they_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/open-api-signing.json");
    let vectors: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(vectors.len() >= 6);
    for vector in &vectors {
        let text = |name: &str| vector[name].as_str().unwrap().to_owned();
        let string = |value: &Value| value.as_str().unwrap().to_owned();
        let query = vector["query"].as_array().unwrap();
        let headers = vector["headers"].as_object().unwrap();
        let request = Owned {
            method: text("method"),
            path: text("path"),
            query: query.iter().map(|pair| (string(&pair[0]), string(&pair[1]))).collect(),
            headers: headers.iter().map(|(name, value)| (name.clone(), string(value))).collect(),
            body: text("body").into_bytes(),
        };
        let keys = (Secret::from(&*text("access_key")), Secret::from(&*text("secret_key")));
        assert_eq!(request.authorization(&keys), text("authorization"), "{}", text("name"));
        let at = read_date(headers["X-Sdk-Date"].as_str().unwrap()).unwrap();
        let checked = request.signed(&keys).with(|request| check(request, &keys.0, &keys.1, at));
        assert_eq!(checked, Ok(()), "{}", text("name"));
    }
}

#[test]
fn a_request_is_good_for_fifteen_minutes_both_ways_and_not_a_second_longer() {
    let keys = keys();
    let request = plain().signed(&keys);
    let at = |offset| request.with(|request| check(request, &keys.0, &keys.1, NOW.plus(offset)));
    assert_eq!((at(900), at(-900)), (Ok(()), Ok(())));
    assert_eq!((at(901), at(-901)), (Err(SignatureError::Skew), Err(SignatureError::Skew)));
    assert_eq!(date(NOW), NOW_TEXT);
}

#[test]
fn what_is_wrong_is_named() {
    let keys = keys();
    let good = plain().signed(&keys);
    let with = |change: &dyn Fn(&mut Owned)| {
        let mut request = good.clone();
        change(&mut request);
        request.check(&keys)
    };
    let say = |old: &'static str, new: &'static str| {
        with(&move |request| request.headers[2].1 = request.headers[2].1.replace(old, new))
    };
    assert_eq!(with(&|request| drop(request.headers.pop())), Err(SignatureError::Missing));
    let twice = |at: usize| with(&move |request| request.headers.push(request.headers[at].clone()));
    assert_eq!(twice(2), Err(SignatureError::Twice("authorization")));
    assert_eq!(twice(0), Err(SignatureError::Twice("host")));
    assert_eq!(twice(1), Err(SignatureError::Twice(DATE_HEADER)));
    assert_eq!(say("SDK-HMAC-SHA256", "SDK-HMAC-SM3"), Err(SignatureError::Malformed));
    assert_eq!(say("Signature=", "Signature=z"), Err(SignatureError::Malformed));
    assert_eq!(say("host;x-sdk-date", "x-sdk-date;host"), Err(SignatureError::SignedHeaders));
    assert_eq!(say("host;x-sdk-date", "host;host;x-sdk-date"), Err(SignatureError::SignedHeaders));
    assert_eq!(say("host;x-sdk-date", "Host;x-sdk-date"), Err(SignatureError::SignedHeaders));
    assert_eq!(say("host;x-sdk-date", "host;x-sdk-date;x-stage"), Err(SignatureError::SignedHeaders));
    assert_eq!(say("host;x-sdk-date", "x-sdk-date"), Err(SignatureError::Unsigned("host")));
    assert_eq!(say("host;x-sdk-date", "host"), Err(SignatureError::Unsigned(DATE_HEADER)));
    assert_eq!(say("AKDEMO0001", "AKDEMO0002"), Err(SignatureError::AccessKey));
    for date in ["", "2026-11-23T10:20:00Z", "20261123102000", "20261123T102000", "20261323T102000Z"] {
        let wrong = with(&|request| request.headers[1].1 = date.into());
        assert_eq!(wrong, Err(SignatureError::Date), "{date}");
    }
    assert_eq!(with(&|request| request.method = "PUT".into()), Err(SignatureError::Mismatch));
}

#[test]
fn a_digest_in_the_header_must_be_the_bodys() {
    let keys = keys();
    let with = |said: &str| {
        let mut request = plain();
        request.body = b"body".to_vec();
        request.headers.push((CONTENT_HEADER.into(), said.to_owned()));
        request.signed(&keys).check(&keys)
    };
    assert_eq!(with(UNSIGNED_PAYLOAD), Ok(()));
    assert_eq!(with(&sha256(b"body")), Ok(()));
    assert_eq!(with(&sha256(b"another")), Err(SignatureError::Body));
}

#[test]
fn nothing_prints_a_key_or_a_body() {
    let mut request = plain().signed(&keys());
    request.body = b"private".to_vec();
    assert_eq!(request.with(|request| format!("{request:?}")), "SignedRequest(GET /a)");
}

fn requests() -> impl Strategy<Value = Owned> {
    let pairs = |name: &'static str, value: &'static str, most| prop::collection::vec((name, value), 0..most);
    let body = prop::collection::vec(any::<u8>(), 0..40);
    ("[A-Z]{1,7}", "(/[a-zA-Z%0-9 .~中]{0,6}){1,4}", pairs("\\PC{0,6}", "\\PC{0,6}", 5), body).prop_flat_map(
        move |(method, path, query, body)| {
            pairs("X-[a-zA-Z]{1,8}", "[ -~é中]{0,10}", 4).prop_map(move |mut headers| {
                headers.sort_by_key(|header| header.0.to_lowercase());
                headers.dedup_by_key(|header| header.0.to_lowercase());
                headers.push(("HOST".into(), "store.example".into()));
                headers.push(("x-sdk-DATE".into(), NOW_TEXT.into()));
                let (method, path) = (method.clone(), path.clone());
                Owned { method, path, query: query.clone(), headers, body: body.clone() }
            })
        },
    )
}

proptest! {
    #[test]
    fn a_signed_request_is_accepted_with_its_query_and_headers_in_any_order(request in requests()) {
        let mut request = request.signed(&keys());
        request.query.reverse();
        request.headers.reverse();
        prop_assert_eq!(request.check(&keys()), Ok(()));
    }

    #[test]
    fn any_change_is_refused(request in requests(), other in requests(), which in 0_usize..8) {
        let good = request.signed(&keys());
        let mut bad = good.clone();
        let mut keys = keys();
        match which {
            0 => bad.method.push('X'),
            1 => bad.path.push_str("/x"),
            2 => bad.path.insert_str(1, "%41"),
            3 => bad.query.push(("x".into(), String::new())),
            4 => bad.headers[0].1.push('x'),
            5 => bad.body.push(0),
            6 => keys.1 = Secret::from("another secret key"),
            _ => {
                prop_assume!(other.body != good.body);
                bad.body = other.body;
            }
        }
        prop_assert!(bad.check(&keys).is_err());
    }

    #[test]
    fn a_query_that_differs_is_refused(request in requests(), other in requests()) {
        let mut request = request.signed(&keys());
        let sorted = |pairs: &Pairs| { let mut pairs = pairs.clone(); pairs.sort(); pairs };
        prop_assume!(sorted(&request.query) != sorted(&other.query));
        request.query = other.query;
        prop_assert_eq!(request.check(&keys()), Err(SignatureError::Mismatch));
    }

    #[test]
    fn any_input_gets_an_answer(
        request in requests(),
        authorization in "(SDK-HMAC-SHA256 )?(Access=|SignedHeaders=|Signature=|[;,=a-f0-9]|\\PC|host|x-sdk-date){0,12}",
        date in "\\PC{0,18}",
    ) {
        let mut request = request;
        request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(DATE_HEADER));
        request.headers.push((DATE_HEADER.into(), date));
        request.headers.push(("Authorization".into(), authorization));
        prop_assert!(request.check(&keys()).is_err());
    }
}
