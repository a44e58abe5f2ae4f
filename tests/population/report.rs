//! The figures in words: a table for people, and JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::forms::Form;
use super::measure::{Bound, Figures, Policy};
use super::refusals::Rate;
use super::swaps::Swap;

/// Where figures stand in a document.
const BEGIN: &str = "<!-- figures: begin -->";
const END: &str = "<!-- figures: end -->";

/// A document with its figures replaced.
///
/// # Errors
/// If the marks that stand around figures are not there.
pub fn document(text: &str, figures: &str) -> Result<String, String> {
    let fault = || format!("no {BEGIN} … {END} in the document");
    let (before, rest) = text.split_once(BEGIN).ok_or_else(fault)?;
    let (_, after) = rest.split_once(END).ok_or_else(fault)?;
    Ok(format!("{before}{BEGIN}\n\n{}\n{END}{after}", figures.trim_end_matches('\n').to_owned() + "\n"))
}

/// The table for people.
#[must_use]
pub fn markdown(figures: &Figures, policy: Policy, seed: u64, bounds: &[Bound]) -> String {
    let mut out = String::new();
    let line = &mut out;
    let _ = writeln!(
        line,
        "Policy: {}. Seed {seed}: {} machines in {} fleets.\n",
        policy.in_words(),
        figures.machines,
        figures.fleets
    );
    table(line, "Promises", &["promise", "counted", "holds"]);
    for Bound { what, found, holds } in bounds {
        let _ = writeln!(line, "| {what} | {found} | {} |", if *holds { "yes" } else { "**no**" });
    }
    promised(line, figures);
    by_kind(line, figures);
    changes(line, figures);
    others(line, figures);
    copies(line, figures);
    out
}

fn table(out: &mut String, title: &str, heads: &[&str]) {
    let rule = heads.iter().map(|_| "---|").collect::<String>();
    let _ = writeln!(out, "\n**{title}**\n\n| {} |\n|{rule}", heads.join(" | "));
}

/// Refused of how many, in per cent with two digits; nothing where nothing was counted.
fn rate(rate: Rate) -> String {
    if rate.total == 0 {
        "–".to_owned()
    } else {
        format!("{} of {}", share(rate.refused, rate.total), rate.total)
    }
}

/// With how many of the refusals are named as missing rights.
fn told(found: Rate) -> String {
    if found.named == 0 {
        return rate(found);
    }
    format!("{}, {} named as missing rights", rate(found), share(found.named, found.refused))
}

fn share(part: u64, of: u64) -> String {
    let hundredths = (part * 10_000 + of / 2) / of.max(1);
    // What happened at all is never shown as nothing.
    if hundredths == 0 && part > 0 {
        return "under 0.01 %".to_owned();
    }
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

fn sum(figures: &Figures, pick: impl Fn(&(Swap, usize, Form, bool)) -> bool) -> Rate {
    let mut all = Rate::default();
    figures.refusals.swaps.iter().filter(|(cell, _)| pick(cell)).for_each(|(_, rate)| all.add(*rate));
    all
}

fn promised(out: &mut String, figures: &Figures) {
    let heads =
        ["what changed", "≥ 3 independent anchors left", "user", "rights", "Mac", "with TPM", "four-part"];
    table(out, "Refused after a change: under the promise (agent's texts), then the others by form", &heads);
    for swap in Swap::ALL {
        let strong = sum(figures, |c| c.0 == swap && c.3 && Form::COLLECTED.contains(&c.2));
        let strong = if swap.is_single() {
            rate(strong)
        } else {
            format!("{} (two changes: no promise)", rate(strong))
        };
        let others = [Form::User, Form::Rights, Form::Short]
            .map(|form| rate(sum(figures, |c| c.0 == swap && c.2 == form && !c.3)));
        let stated =
            [Form::Whole, Form::FourPart].map(|form| rate(sum(figures, |c| c.0 == swap && c.2 == form)));
        let _ =
            writeln!(out, "| {} | {strong} | {} | {} |", swap.name(), others.join(" | "), stated.join(" | "));
    }
    let yearly: Vec<_> = figures
        .refusals
        .yearly
        .iter()
        .map(|(form, rate)| format!("{} {:.2}", form.name(), rate * 100.0))
        .collect();
    let _ = writeln!(out, "\nRefusals a year in 100 machines, everything counted: {}.", yearly.join(", "));
}

fn by_kind(out: &mut String, figures: &Figures) {
    let heads =
        ["machine", "what changed", "≥ 3 left", "verdict", "others: user", "rights", "Mac", "four-part"];
    table(out, "The same by kind of machine (agent's texts, then four-part)", &heads);
    for (at, kind) in figures.kinds.iter().enumerate() {
        for swap in Swap::ALL.into_iter().filter(|swap| !matches!(swap, Swap::Memory)) {
            let cell = |form: Form, left: Option<bool>| {
                rate(sum(figures, |c| {
                    c.0 == swap && c.1 == at && c.2 == form && left.is_none_or(|left| left == c.3)
                }))
            };
            let strong = sum(figures, |c| c.0 == swap && c.1 == at && c.3 && Form::COLLECTED.contains(&c.2));
            let verdict = match (strong.total, swap.is_single()) {
                (0, _) => "no such case",
                (_, false) => "two changes",
                _ if strong.refused * 1000 <= strong.total => "kept",
                _ => "**not kept**",
            };
            let others = [Form::User, Form::Rights, Form::Short].map(|form| cell(form, Some(false)));
            let four = cell(Form::FourPart, None);
            if strong.total > 0 || others.iter().any(|cell| cell != "–") || four != "–" {
                let others = others.join(" | ");
                let _ = writeln!(
                    out,
                    "| {kind} | {} | {} | {verdict} | {others} | {four} |",
                    swap.name(),
                    rate(strong)
                );
            }
        }
    }
}

/// Rights that were lost or gained, and the two texts of one machine.
const FORM_CHANGES: [(Form, Form); 4] = [
    (Form::User, Form::Rights),
    (Form::Rights, Form::User),
    (Form::User, Form::FourPart),
    (Form::FourPart, Form::User),
];

fn changes(out: &mut String, figures: &Figures) {
    let heads = FORM_CHANGES.map(|(from, to)| format!("{} → {}", from.name(), to.name()));
    let heads: Vec<_> = std::iter::once("machine").chain(heads.iter().map(String::as_str)).collect();
    table(
        out,
        "Nothing changed but the form: licensed → checked, refused (missing rights are named)",
        &heads,
    );
    for (at, kind) in figures.kinds.iter().enumerate() {
        let cells = FORM_CHANGES.map(|(from, to)| told(figures.refusals.change_of(at, from, to)));
        if cells.iter().any(|cell| cell != "–") {
            let _ = writeln!(out, "| {kind} | {} |", cells.join(" | "));
        }
    }
    let forms = [Form::User, Form::Rights, Form::FourPart];
    table(
        out,
        "One machine, nothing changed, licensed in one form and checked in another: refused",
        &["licensed as", "checked as user", "checked with rights", "checked as four-part text"],
    );
    for from in forms {
        let cells = forms.map(|to| told(figures.refusals.change(from, to)));
        let _ = writeln!(out, "| {} | {} |", from.name(), cells.join(" | "));
    }
    let untold: Vec<_> = figures
        .refusals
        .untold
        .iter()
        .map(|(form, found)| format!("{} {}", form.name(), rate(*found)))
        .collect();
    let _ = writeln!(
        out,
        "\nNo fingerprint at all (nothing usable, or more values than a text may hold): {}.",
        untold.join(", ")
    );
}

fn others(out: &mut String, figures: &Figures) {
    let taken = &figures.acceptances;
    table(
        out,
        "Pairs of different machines of one fleet, by what they share",
        &["shared", "pairs", "accepted"],
    );
    for (shared, (pairs, accepted)) in &taken.shared {
        let shared = if shared.is_empty() { "nothing" } else { shared };
        let _ = writeln!(out, "| {shared} | {pairs} | {accepted} |");
    }
    let _ = writeln!(
        out,
        "\n{} pairs, {} checks in all pairs of forms. Pairs whose texts show no difference in some form, which nothing can tell apart there: {}. Pairs of which some form shows another network address and nothing else that differs, accepted there and named as clones: {}.",
        taken.pairs, taken.checks, taken.alike, taken.looks_cloned
    );
    table(out, "Pairs by kind of machine", &["machine", "pairs", "accepted"]);
    for (kind, (pairs, accepted)) in &taken.by_kind {
        let _ = writeln!(out, "| {} | {pairs} | {accepted} |", figures.kinds[*kind]);
    }
}

fn copies(out: &mut String, figures: &Figures) {
    let clones = &figures.clones;
    table(out, "Copies of virtual machines", &["copy", "form", "accepted", "named as a clone"]);
    for row in &clones.copies {
        let [accepted, named] = [row.accepted, row.named].map(|count| share(count, row.of));
        let _ = writeln!(out, "| {} | {} | {accepted} | {named} |", row.name, row.form.name());
    }
    table(
        out,
        "A part of the licensed machine in another machine that shares nothing else",
        &["part", "form", "accepted"],
    );
    for (name, form, accepted, of) in &clones.moved {
        let _ = writeln!(out, "| {name} | {} | {} of {of} |", form.name(), share(*accepted, *of));
    }
}

/// The same for programs.
#[must_use]
pub fn json(figures: &Figures, policy: Policy, seed: u64, bounds: &[Bound]) -> String {
    let rate =
        |rate: &Rate| json!({"total": rate.total, "refused": rate.refused, "needs_rights": rate.named});
    let bounds: Vec<_> =
        bounds.iter().map(|b| json!({"promise": b.what, "counted": b.found, "holds": b.holds})).collect();
    let swaps = figures.refusals.swaps.iter().map(|((swap, kind, form, strong), found)| {
        json!({"changed": swap.name(), "machine": figures.kinds[*kind], "form": form.name(), "three_anchors_left": strong, "rate": rate(found)})
    });
    let swaps: Vec<_> = swaps.collect();
    let changes: BTreeMap<String, Value> = Form::ALL
        .into_iter()
        .flat_map(|from| Form::ALL.map(|to| (from, to)))
        .map(|(from, to)| {
            (format!("{} to {}", from.name(), to.name()), rate(&figures.refusals.change(from, to)))
        })
        .collect();
    let clones = figures.clones.copies.iter().map(|row| {
        json!({"copy": row.name, "form": row.form.name(), "of": row.of, "accepted": row.accepted, "named": row.named})
    });
    let clones: Vec<_> = clones.collect();
    let taken = &figures.acceptances;
    json!({
        "policy": policy.in_words(), "seed": seed, "machines": figures.machines, "fleets": figures.fleets,
        "promises": bounds, "changes": swaps, "forms": changes, "copies": clones,
        "pairs": {"counted": taken.pairs, "checks": taken.checks, "accepted": taken.accepted, "alike": taken.alike, "other_address_only": taken.looks_cloned,
            "by_what_they_share": taken.shared.iter().map(|(shared, (pairs, accepted))| json!({"shared": shared, "pairs": pairs, "accepted": accepted})).collect::<Vec<_>>()},
    })
    .to_string()
}
