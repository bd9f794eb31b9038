//! The templates of a call that only refuse events.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// What a call has learnt about its templates: HubSpot wants fewer than 5 % of its answers to be errors, so a template
/// that only refuses events is not tried any more.
#[derive(Default)]
pub(super) struct RefusedTemplates {
    records: HashMap<Arc<str>, Record>,
    /// The template that accepted an event last: most events have the same template as the event before.
    accepted_last: Option<Arc<str>>,
}

enum Record {
    Accepts,
    /// This many events refused, the last of them at this time, and none accepted.
    Refuses {
        times: u32,
        last: Duration,
    },
}

impl RefusedTemplates {
    /// After so many refusals without one acceptance, the template is not tried any more.
    const ENOUGH: u32 = 100;

    /// A call that runs without end tries the template again after this time: it may have been corrected.
    const PAUSE: Duration = Duration::from_secs(600);

    pub(super) fn accepted(&mut self, template_id: &Arc<str>) {
        if !self.accepted_last(template_id) {
            self.records
                .insert(Arc::clone(template_id), Record::Accepts);
            self.accepted_last = Some(Arc::clone(template_id));
        }
    }

    pub(super) fn refused(&mut self, template_id: &Arc<str>, now: Duration) {
        let record = self.records.entry(Arc::clone(template_id));
        let fresh = Record::Refuses {
            times: 0,
            last: now,
        };
        if let Record::Refuses { times, last } = record.or_insert(fresh) {
            *times = times.saturating_add(1);
            *last = now;
        }
    }

    pub(super) fn only_refuse(
        &self,
        template_id: &Arc<str>,
        now: Duration,
        recovers: bool,
    ) -> bool {
        if self.accepted_last(template_id) {
            return false;
        }
        match self.records.get(template_id) {
            Some(Record::Refuses { times, last }) if *times >= Self::ENOUGH => {
                !recovers || now < last.saturating_add(Self::PAUSE)
            }
            _ => false,
        }
    }

    fn accepted_last(&self, template_id: &Arc<str>) -> bool {
        self.accepted_last.as_ref() == Some(template_id)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::RefusedTemplates;

    #[test]
    fn a_template_that_only_refuses_is_left_alone() {
        let template: Arc<str> = "t".into();
        let (other, last) = ("u".into(), Duration::from_secs(10));
        let soon = last + RefusedTemplates::PAUSE - Duration::from_millis(1);
        let mended = last + RefusedTemplates::PAUSE;
        for (refusals, now, recovers, refuses) in [
            (99, last, false, false),
            (100, last, false, true),
            (100, mended, false, true),
            (100, soon, true, true),
            (100, mended, true, false),
        ] {
            let mut templates = RefusedTemplates::default();
            for _ in 0..refusals {
                templates.refused(&template, last);
            }
            let case = format!("{refusals} refusals, {now:?}, recovers: {recovers}");
            assert_eq!(
                templates.only_refuse(&template, now, recovers),
                refuses,
                "{case}"
            );
            assert!(!templates.only_refuse(&other, now, recovers), "{case}");
            templates.accepted(&template);
            assert!(!templates.only_refuse(&template, now, recovers), "{case}");
        }
    }
}
