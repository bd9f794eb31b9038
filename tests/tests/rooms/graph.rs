//! Circles among imports.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write;

use super::imports::Import;

/// The files that import each other, directly or through others: one message for each such group, with its shortest
/// circle first.
pub(crate) fn circles(imports: &[Import]) -> Vec<String> {
    let mut next: BTreeMap<&str, BTreeMap<&str, &Import>> = BTreeMap::new();
    for import in imports.iter().filter(|import| !import.module) {
        next.entry(&import.from)
            .or_default()
            .entry(&import.to)
            .or_insert(import);
    }
    let mut told = BTreeSet::new();
    let mut messages = Vec::new();
    for &start in next.keys() {
        if told.contains(start) {
            continue;
        }
        let after = reached(&next, start);
        let group: BTreeSet<&str> = after
            .into_iter()
            .filter(|file| reached(&next, file).contains(start))
            .collect();
        if group.is_empty() {
            continue;
        }
        let circles = group.iter().filter_map(|file| circle(&next, file));
        let shortest = circles.min_by_key(Vec::len).unwrap_or_default();
        let mut message = String::from("these files import each other in a circle:\n");
        for import in &shortest {
            line(&mut message, import);
        }
        let inside = group
            .iter()
            .filter_map(|file| next.get(file))
            .flat_map(BTreeMap::values);
        let others: Vec<_> = inside
            .filter(|import| group.contains(&*import.to) && !shortest.contains(import))
            .collect();
        if !others.is_empty() {
            message.push_str("  and among the same files:\n");
            for import in others {
                line(&mut message, import);
            }
        }
        told.extend(group);
        messages.push(message);
    }
    messages
}

pub(crate) fn line(message: &mut String, import: &Import) {
    let Import {
        from,
        line,
        to,
        path,
        ..
    } = import;
    _ = writeln!(message, "  {from}:{line} imports {to} (`{path}`)");
}

type Next<'i> = BTreeMap<&'i str, BTreeMap<&'i str, &'i Import>>;

/// The files that a file leads to in one step or more.
fn reached<'i>(next: &Next<'i>, start: &str) -> BTreeSet<&'i str> {
    let mut seen = BTreeSet::new();
    let mut open = vec![start];
    while let Some(file) = open.pop() {
        for &to in next.get(file).into_iter().flat_map(BTreeMap::keys) {
            if seen.insert(to) {
                open.push(to);
            }
        }
    }
    seen
}

/// The shortest way from a file back to itself.
fn circle<'i>(next: &Next<'i>, start: &str) -> Option<Vec<&'i Import>> {
    let mut ways = VecDeque::from([(start, Vec::new())]);
    let mut seen = BTreeSet::new();
    while let Some((file, way)) = ways.pop_front() {
        for (&to, &import) in next.get(file).into_iter().flatten() {
            let mut way = way.clone();
            way.push(import);
            if to == start {
                return Some(way);
            }
            if seen.insert(to) {
                ways.push_back((to, way));
            }
        }
    }
    None
}
