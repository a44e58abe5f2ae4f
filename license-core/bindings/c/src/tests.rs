//! The headers, held against the code.

use std::path::Path;

/// In the order in which a reader meets the files. `UPDATE_HEADER=1` writes the header anew.
fn is_what_cbindgen_makes_of(header: &str, config: &str, files: &[&str]) {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(crate_dir.join(config)).unwrap();
    let builder = files.iter().fold(cbindgen::Builder::new().with_config(config), |builder, file| {
        builder.with_src(crate_dir.join(format!("src/{file}.rs")))
    });
    let mut made = Vec::new();
    builder.generate().unwrap().write(&mut made);
    let header = crate_dir.join("include").join(header);
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(&header, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&header).unwrap_or_default();
    assert!(committed == String::from_utf8(made).unwrap(), "run it with UPDATE_HEADER=1");
}

#[test]
fn the_header_is_what_cbindgen_makes_of_the_code() {
    let files = ["boundary", "outcome", "trust", "device", "file", "verify", "check"];
    is_what_cbindgen_makes_of("license_core.h", "cbindgen.toml", &files);
}

#[test]
fn the_header_of_what_few_products_call_is_what_cbindgen_makes_of_the_code() {
    let files = ["trust", "device", "file", "verify", "check", "outcome"].map(|file| format!("more/{file}"));
    let files = files.each_ref().map(String::as_str);
    is_what_cbindgen_makes_of("license_core_more.h", "cbindgen-more.toml", &files);
}
