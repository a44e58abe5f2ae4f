//! Signs and checks requests to the store's open API, one a line, for comparison with the store's own SDK.
//!
//! A line is JSON: `do` is `sign` or `check`; `access_key`, `secret_key`, `method`, `path`; `query` and `headers` are
//! lists of `[name, value]`; `body` is hex; a `check` has its `Authorization` among the headers, and `now` in seconds.
//! The answer is `{"authorization": …}`, or `{"refused": …}` with `null` or why.

use std::error::Error;
use std::io::{BufRead as _, Write as _};

use license_core::UnixTime;
use license_server::config::Secret;
use license_server::koogallery::openapi::{SignedRequest, authorization, check};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "do")]
    work: Work,
    access_key: String,
    secret_key: String,
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: String,
    #[serde(default)]
    now: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Work {
    Sign,
    Check,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        writeln!(out, "{}", answer(&serde_json::from_str(&line?)?)?)?;
        out.flush()?;
    }
    Ok(())
}

fn answer(line: &Line) -> Result<serde_json::Value, Box<dyn Error>> {
    let body = data_encoding::HEXLOWER.decode(line.body.as_bytes())?;
    let (query, headers) = (borrowed(&line.query), borrowed(&line.headers));
    let request = SignedRequest {
        method: &line.method,
        path: &line.path,
        query: &query,
        headers: &headers,
        body: &body,
    };
    let (access_key, secret_key) = (Secret::from(&*line.access_key), Secret::from(&*line.secret_key));
    Ok(match line.work {
        Work::Sign => json!({"authorization": authorization(&request, &access_key, &secret_key)}),
        Work::Check => {
            let checked = check(&request, &access_key, &secret_key, UnixTime::from_secs(line.now));
            json!({"refused": checked.err().map(|error| error.to_string())})
        }
    })
}

fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
