//! The folder of licenses: whether it can be used, and what lies in it that should not.

use std::fs;
use std::path::Path;

use super::Check;
use crate::failure::Failure;
use crate::place::Place;

pub(super) fn look(place: &Place) -> Check {
    let folder = place.folder();
    let is_there = folder.is_dir();
    // The last ancestor of a relative path is empty.
    let nearest = folder.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    if let Err(error) = place.probe(nearest) {
        return Check::failed("files", &Failure::Place(error));
    }
    let what = if is_there { "can be written" } else { "will be made" };
    let mut check = Check::good("files", &format!("the folder {} {what}", folder.display()));
    if place.has_leftovers() {
        check.says.push("a run was cut short and left a file, which the next one takes away".into());
    }
    if is_there && place.is_busy() {
        check.says.push("another license-agent is at work there now".into());
    }
    match fs::metadata(place.path()) {
        Ok(license) => access(&mut check, &license, &place.path()),
        Err(_) => check.says.push("no license file".into()),
    }
    check
}

/// Who may read the license: the product may run as another user.
#[cfg(unix)]
fn access(check: &mut Check, license: &fs::Metadata, path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = license.permissions().mode();
    check.says.push(match mode & 0o044 {
        0 => "the license can be read by the user who installed it, and by no other".to_owned(),
        0o040 => "the license can be read by the user who installed it and the group".to_owned(),
        _ => "the license can be read by every user".to_owned(),
    });
    if mode & 0o002 != 0 {
        check.found = super::Found::Warning;
        check.says.push("every user can replace or break it".into());
        check.advice.push(format!("take the others' right to write away: chmod o-w {}", path.display()));
    }
}

#[cfg(not(unix))]
fn access(check: &mut Check, _: &fs::Metadata, _: &Path) {
    check.says.push("the license file is there".into());
}
