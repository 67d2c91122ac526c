//! A regex of another tool → a pattern of ours: bounded, without look-around, with its edges left to the boundary.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind, Repetition};

/// What a repetition without an end may at most add.
const BOUND: u32 = 128;

/// A pattern, its longest match, and what was changed in words.
#[derive(Debug)]
pub(super) struct Carried {
    pub(super) regex: String,
    pub(super) max_len: u32,
    pub(super) changes: Vec<&'static str>,
}

/// Carries a regex over; the error says why it cannot be.
pub(super) fn carry(regex: &str) -> Result<Carried, String> {
    let parsed = ParserBuilder::new()
        .utf8(false)
        .unicode(false)
        .build()
        .parse(regex);
    let hir = parsed
        .map_err(|_| "it does not parse: look-around and back-references are not known here".to_owned())?;
    let mut changes = Vec::new();
    let hir = rewrite(&trim(&hir), &mut changes);
    match (hir.properties().minimum_len(), hir.properties().maximum_len()) {
        (Some(least), _) if least < 4 => Err("it can match fewer than 4 bytes".into()),
        (_, Some(most)) if most <= 65_536 => Ok(Carried {
            regex: format!("(?-u){hir}"),
            max_len: most as u32,
            changes,
        }),
        _ => Err("its longest match is too long".into()),
    }
}

/// Takes word boundaries, and alternatives that end in an anchor, from both ends.
fn trim(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Capture(capture) => trim(&capture.sub),
        HirKind::Concat(parts) => {
            let is_edge = |part: &&Hir| is_edge(part);
            let from = parts.iter().take_while(is_edge).count();
            let to = parts.len() - parts.iter().rev().take_while(is_edge).count();
            let mut kept: Vec<Hir> = parts[from.min(to)..to.max(from)].to_vec();
            if kept.len() == 1 {
                return trim(&kept[0]);
            }
            // A group around the edges' neighbours may hold edges of its own.
            if let Some(first) = kept
                .first_mut()
                .filter(|first| matches!(first.kind(), HirKind::Capture(_)))
            {
                *first = trim(first);
            }
            Hir::concat(kept)
        }
        _ => hir.clone(),
    }
}

fn is_edge(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Look(_) | HirKind::Empty => true,
        HirKind::Capture(capture) => is_edge(&capture.sub),
        HirKind::Alternation(parts) => parts.iter().any(|part| matches!(part.kind(), HirKind::Look(_))),
        _ => false,
    }
}

fn rewrite(hir: &Hir, changes: &mut Vec<&'static str>) -> Hir {
    let mut note = |what| {
        if !changes.contains(&what) {
            changes.push(what);
        }
    };
    match hir.kind() {
        HirKind::Look(_) => {
            note("an anchor inside it is left out: it matches more");
            Hir::empty()
        }
        HirKind::Capture(capture) => rewrite(&capture.sub, changes),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(|part| rewrite(part, changes)).collect()),
        HirKind::Alternation(parts) => {
            Hir::alternation(parts.iter().map(|part| rewrite(part, changes)).collect())
        }
        HirKind::Repetition(repetition) => {
            if repetition.max.is_none() {
                note("a repetition without an end is given one: longer values are cut");
            }
            Hir::repetition(Repetition {
                min: repetition.min,
                max: repetition.max.or(Some(repetition.min + BOUND)),
                greedy: true,
                sub: Box::new(rewrite(&repetition.sub, changes)),
            })
        }
        _ => hir.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_go_to_the_boundary_and_the_rest_stays() {
        for (regex, carried) in [
            (r"\bTK\d{6}\b", r"(?-u)(?:(?:TK)(?-u:[0-9]){6})"),
            (r"(\bTK\d{6}\b)", r"(?-u)(?:(?:TK)(?-u:[0-9]){6})"),
            (r"^abcd$", r"(?-u)(?:abcd)"),
        ] {
            assert_eq!(carry(regex).unwrap().regex.replace("(?s-u)", "(?-u)"), carried);
        }
        assert!(carry(r"(?<!a)bcde").is_err());
        assert!(carry(r"\bab\b").is_err());
        assert_eq!(carry("abcd+").unwrap().max_len, 4 + BOUND);
    }
}
