//! The header, held against the code.

use std::path::Path;

/// `UPDATE_HEADER=1` writes it anew.
#[test]
fn the_header_is_what_cbindgen_makes_of_the_code() {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(crate_dir.join("cbindgen.toml")).unwrap();
    // The order in which a reader meets them.
    let files = ["boundary", "outcome", "trust", "device", "file", "verify", "check"];
    let builder = files.iter().fold(cbindgen::Builder::new().with_config(config), |builder, file| {
        builder.with_src(crate_dir.join(format!("src/{file}.rs")))
    });
    let mut made = Vec::new();
    builder.generate().unwrap().write(&mut made);
    let header = crate_dir.join("include/license_core.h");
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(&header, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&header).unwrap();
    assert!(committed == String::from_utf8(made).unwrap(), "run it with UPDATE_HEADER=1");
}
