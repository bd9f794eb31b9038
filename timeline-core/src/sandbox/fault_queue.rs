//! The injected faults, and which of them happens to a request.

use std::time::Duration;

use super::fault::{Fault, Route};

/// The injected faults that are not used up.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn push(&mut self, mut fault: Fault, now: Duration) {
        fault.ends = fault.lasts.map(|time| now.saturating_add(time));
        if fault.times != Some(0) {
            self.0.push(fault);
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether a fault depends on the events in a request.
    pub(super) fn about_events(&self) -> bool {
        self.0.iter().any(Fault::is_about_events)
    }

    /// The fault that happens to a request with this many events. It counts as used once more. `route` is `None` for an
    /// unknown path.
    pub(super) fn next(
        &mut self,
        route: Option<Route>,
        portal_id: Option<u64>,
        now: Duration,
        events: usize,
        carries: impl Fn(&str) -> bool,
    ) -> Option<Fault> {
        self.0
            .retain(|fault| fault.ends.is_none_or(|end| now < end));
        let fits = |fault: &Fault| {
            (fault.route == Route::Any || Some(fault.route) == route)
                && (fault.portal_id.is_none() || fault.portal_id == portal_id)
        };
        let is_met = |fault: &Fault| {
            fault.is_about_events()
                && fault.event.as_deref().is_none_or(&carries)
                && fault.more_than.is_none_or(|least| events > least)
        };
        let about_event = self.0.iter().position(|fault| fits(fault) && is_met(fault));
        let queued = || {
            self.0
                .iter()
                .position(|fault| fits(fault) && !fault.is_about_events())
        };
        let at = about_event.or_else(queued)?;
        let fault = self.0.get_mut(at)?;
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        match &mut fault.times {
            None => Some(fault.clone()),
            Some(1) => Some(self.0.remove(at)),
            Some(times) => {
                *times -= 1;
                Some(fault.clone())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::fault::Ending;
    use super::{Fault, Faults, Route};

    #[test]
    fn an_outage_ends_by_itself() {
        let at = Duration::from_secs;
        let mut queue = Faults::default();
        queue.push(Fault::status(503).lasting(at(90)), at(10));
        queue.push(Fault::status(500), at(10));
        let mut next = |now| match queue
            .next(Some(Route::Events), None, at(now), 1, |_| false)?
            .ending
        {
            Ending::Instead { status, .. } => Some(status),
            _ => None,
        };
        for (now, status) in [
            (10, Some(503)),
            (99, Some(503)),
            (100, Some(500)),
            (101, None),
        ] {
            assert_eq!(next(now), status, "second {now}");
        }
    }

    fn script(faults: &[Fault], requests: &[(Route, &str)]) -> Vec<Option<u16>> {
        let mut queue = Faults::default();
        for fault in faults {
            queue.push(fault.clone(), Duration::ZERO);
        }
        let next = |(route, event): &(Route, &str)| {
            let fault = queue.next(Some(*route), None, Duration::ZERO, 1, |id| id == *event)?;
            match fault.ending {
                Ending::Instead { status, .. } => Some(status),
                _ => None,
            }
        };
        requests.iter().map(next).collect()
    }

    #[test]
    fn a_fault_in_one_account_passes_the_others_by() {
        let mut queue = Faults::default();
        queue.push(Fault::status(500).in_portal(7), Duration::ZERO);
        queue.push(Fault::status(501), Duration::ZERO);
        let mut next = |portal_id| {
            let route = Some(Route::Events);
            match queue
                .next(route, portal_id, Duration::ZERO, 1, |_| false)?
                .ending
            {
                Ending::Instead { status, .. } => Some(status),
                _ => None,
            }
        };
        assert_eq!(next(Some(8)), Some(501));
        assert_eq!(next(None), None);
        assert_eq!(next(Some(7)), Some(500));
        assert_eq!(next(Some(7)), None);
    }

    #[test]
    fn faults_queue() {
        use Route::{Any, Events, Read, Templates, Token};
        let of = |route: Route, count: usize| vec![(route, "e"); count];
        let on = |status: u16, route: Route| Fault::status(status).on(route);
        for (faults, requests, expected) in [
            (vec![], of(Events, 1), vec![None]),
            (
                vec![Fault::status(500)],
                of(Events, 2),
                vec![Some(500), None],
            ),
            (vec![Fault::status(500).times(0)], of(Events, 1), vec![None]),
            (
                vec![Fault::status(500).times(2), Fault::status(501)],
                of(Events, 4),
                vec![Some(500), Some(500), Some(501), None],
            ),
            (
                vec![Fault::status(500).after(1), Fault::status(501)],
                of(Events, 3),
                vec![None, Some(500), Some(501)],
            ),
            (
                vec![Fault::status(500).forever(), Fault::status(501)],
                of(Events, 3),
                vec![Some(500); 3],
            ),
            (
                vec![
                    on(500, Token),
                    on(501, Read),
                    on(502, Templates),
                    Fault::status(503),
                ],
                vec![
                    (Events, "e"),
                    (Read, ""),
                    (Token, ""),
                    (Templates, ""),
                    (Events, "e"),
                ],
                vec![Some(503), Some(501), Some(500), Some(502), None],
            ),
            (
                vec![on(500, Any).times(2), Fault::status(501)],
                vec![(Token, ""), (Events, "e"), (Events, "e")],
                vec![Some(500), Some(500), Some(501)],
            ),
            (
                vec![
                    Fault::status(500),
                    Fault::status(501).with_event("x").times(2),
                ],
                vec![(Events, "x"), (Events, "e"), (Events, "x"), (Events, "x")],
                vec![Some(501), Some(500), Some(501), None],
            ),
        ] {
            assert_eq!(script(&faults, &requests), expected, "{faults:?}");
        }
    }
}
