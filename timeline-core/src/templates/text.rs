//! A plan as text.

use std::fmt;

use super::compare::TemplateAction;
use super::plan::Plan;
use crate::template::{Difference, EventTemplate};

/// A plan in the colours of a terminal (ANSI): green for what is added, yellow for what changes, red for what is deleted or
/// impossible.
#[derive(Debug)]
pub struct ColoredPlan<'p> {
    plan: &'p Plan,
}

impl Plan {
    /// The same text in the colours of a terminal. `Display` has none, wherever it is written.
    #[must_use]
    pub fn colored(&self) -> ColoredPlan<'_> {
        ColoredPlan { plan: self }
    }
}

impl fmt::Display for ColoredPlan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.plan, true, f)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self, false, f)
    }
}

fn write(plan: &Plan, is_colored: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let line = |f: &mut fmt::Formatter<'_>, text: &str| {
        let color = match text.trim_start().chars().next() {
            Some('+') => 32,
            Some('~') => 33,
            Some('-' | '!') => 31,
            _ => 0,
        };
        if is_colored && color != 0 {
            writeln!(f, "\u{1b}[{color}m{text}\u{1b}[0m")
        } else {
            writeln!(f, "{text}")
        }
    };
    let titled = |name: &str, id: Option<&str>| match id {
        Some(id) => format!("{name:?} ({id})"),
        None => format!("{name:?}"),
    };
    let all = |f: &mut fmt::Formatter<'_>, differences: &[Difference]| {
        let mut differences = differences.iter();
        differences.try_for_each(|difference| line(f, &format!("    {difference}")))
    };
    let mut counts = [0; 3];
    for change in plan.changes() {
        let title = titled(&change.name, change.id.as_deref());
        let (place, text) = match change.action {
            TemplateAction::Create => {
                let object_type = &change.wanted.object_type;
                (0, format!("+ {:?} ({object_type})", change.name))
            }
            TemplateAction::Update => (1, format!("~ {title}")),
            TemplateAction::Delete => (2, format!("- {title}, and all its events with it")),
        };
        if let Some(count) = counts.get_mut(place) {
            *count += 1;
        }
        line(f, &text)?;
        all(f, &change.differences)?;
    }
    for impossible in plan.impossible() {
        let title = titled(&impossible.name, impossible.id.as_deref());
        line(f, &format!("! {title}: {}", impossible.why))?;
        all(f, &impossible.differences)?;
    }
    let deleted = |template: &EventTemplate| {
        let mut changes = plan.changes().iter();
        changes.any(|change| {
            change.action == TemplateAction::Delete && change.id.as_deref() == template.id()
        })
    };
    for template in plan.unmanaged().iter().filter(|other| !deleted(other)) {
        let title = titled(&template.name, template.id());
        line(f, &format!("  {title} is in HubSpot and not in the code"))?;
    }
    let [created, changed, deleted] = counts;
    write!(
        f,
        "{created} to create, {changed} to change, {deleted} to delete, {} impossible, {} unchanged, {} not in the code",
        plan.impossible().len(),
        plan.unchanged(),
        plan.unmanaged().len(),
    )
}
