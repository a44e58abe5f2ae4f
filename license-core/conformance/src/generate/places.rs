//! `find`: where licenses lie on every system.

use serde_json::{Map, Value, json};

use super::Asked;
use super::rng::Rng;

pub(super) fn ask(rng: &mut Rng) -> Asked {
    let system = rng.word(&["linux", "windows", "macos"]);
    let values: [(&str, &[&str]); 5] = [
        ("HOME", &["/home/ada", "/home/ada/", "/", "home", "", "/home/中"]),
        ("XDG_DATA_HOME", &["/data", "/data/", "data", "", "~/data"]),
        (
            "LOCALAPPDATA",
            &[r"C:\Users\ada\AppData\Local", r"C:\", r"\\server\ada", "C:Local", r"\Local", "", "D:/Local"],
        ),
        ("ProgramData", &[r"C:\ProgramData", "ProgramData", ""]),
        ("LICENSE_AGENT_DIR", &["/srv/licenses", "licenses", "", r"D:\licenses", "/srv/licenses/"]),
    ];
    let mut environment: Map<String, Value> = Map::new();
    for (name, choices) in values {
        let skips = if name == "LICENSE_AGENT_DIR" { 3 } else { 1 };
        if rng.below(skips + 3) >= skips {
            environment.insert(name.into(), (*rng.pick(choices)).into());
        }
    }
    let product = match rng.below(8) {
        0 => "../../etc/passwd".to_owned(),
        1 => ".hidden".into(),
        2 => "CAD 专业版 %41".into(),
        3 => "a".repeat(*rng.pick(&[235, 236, 237])),
        4 => "中".repeat(*rng.pick(&[25, 26, 27])),
        5 => format!("{}.", "a/".repeat(*rng.pick(&[58, 59, 60]))),
        _ => rng.text("abcXYZ019._- /\\:*?\"<>|~\u{0}\u{7f}é", 12),
    };
    let why = format!("a product's places on {system}");
    (why, json!({"product": product, "system": system, "environment": environment}))
}
