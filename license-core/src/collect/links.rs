//! Symbolic links on the way of a path, followed as the system follows them.

/// Most links on a way, as in Linux.
const LINKS: usize = 40;

/// The path without links; of its last part only if asked. Nothing for a way that has no end.
pub(super) fn resolve(
    path: &str,
    follow_last: bool,
    mut link: impl FnMut(&str) -> Option<String>,
) -> Option<String> {
    let mut todo: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
    let (mut done, mut links) = (Vec::<String>::new(), 0);
    while let Some(part) = todo.pop() {
        match part.as_str() {
            "" | "." => continue,
            ".." => _ = done.pop(),
            _ => done.push(part),
        }
        let is_last = todo.iter().all(String::is_empty);
        let here = format!("/{}", done.join("/"));
        let Some(target) = (follow_last || !is_last).then(|| link(&here)).flatten() else { continue };
        links += 1;
        if links > LINKS {
            return None;
        }
        done.pop();
        if target.starts_with('/') {
            done.clear();
        }
        todo.extend(target.split('/').rev().map(str::to_owned));
    }
    Some(format!("/{}", done.join("/")))
}
