//! The spans and events of the feature `tracing`; without it these functions do nothing. No span or event contains a token,
//! an e-mail address or HubSpot's own words.

use std::future::Future;

use crate::wire::call::Route;

/// A span, or nothing without the feature.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    #[cfg(feature = "tracing")]
    span: tracing::Span,
}

/// Where a request goes.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "tracing"), allow(dead_code))]
pub(crate) struct Server<'s> {
    pub(crate) address: &'s str,
    pub(crate) port: Option<u16>,
}

/// The fields of a line about an event that is not on HubSpot.
#[cfg_attr(not(feature = "tracing"), allow(dead_code))]
pub(crate) struct Undelivered<'u> {
    pub(crate) portal_id: Option<u64>,
    pub(crate) outcome: &'static str,
    pub(crate) id: Option<&'u str>,
    pub(crate) template_id: Option<&'u str>,
    pub(crate) type_name: Option<&'u str>,
    pub(crate) reason: String,
    pub(crate) category: Option<&'u str>,
    pub(crate) correlation_id: Option<&'u str>,
    pub(crate) attempts: u32,
    pub(crate) line: Line,
}

/// How the log reports an event that is not on HubSpot.
#[cfg_attr(not(feature = "tracing"), allow(dead_code))]
pub(crate) enum Line {
    /// A WARN.
    NotDelivered,
    /// A DEBUG: the same was said of another event a short time ago.
    NotDeliveredEither,
    /// A DEBUG: a queue keeps it, and it comes again, so nothing is lost.
    Kept,
}

#[cfg(not(feature = "tracing"))]
pub(crate) use self::off::{
    lookup_failed, moved_to_app_events, outage_begins, outage_is_over, queue_waits,
    refresh_token_not_stored, token_provider_failed,
};
#[cfg(feature = "tracing")]
pub(crate) use self::on::{
    lookup_failed, moved_to_app_events, outage_begins, outage_is_over, queue_waits,
    refresh_token_not_stored, token_provider_failed,
};

#[cfg(feature = "tracing")]
mod on {
    use super::{Future, Line, Route, Server, Span, Undelivered};
    use crate::error::printable;

    /// One target for all files of the crate.
    const TARGET: &str = "timeline_core";

    /// From now on only one request at a time goes out, as a probe.
    /// `error` says what has failed last.
    pub(crate) fn outage_begins(portal_id: Option<u64>, error: &str) {
        tracing::warn!(target: TARGET, portal_id, error, "outage begins");
    }

    pub(crate) fn outage_is_over(portal_id: Option<u64>) {
        tracing::info!(target: TARGET, portal_id, "outage is over");
    }

    /// v3 refuses the account, and its events go through app events from now on.
    pub(crate) fn moved_to_app_events(portal_id: Option<u64>) {
        tracing::warn!(target: TARGET, portal_id, "moved to app events");
    }

    /// `error` is the text of the user's own error, without the token.
    pub(crate) fn refresh_token_not_stored(portal_id: Option<u64>, error: &str) {
        let error = printable(error);
        tracing::warn!(target: TARGET, portal_id, error, "new refresh token not stored");
    }

    /// `error` is the text of the user's own error.
    pub(crate) fn token_provider_failed(portal_id: Option<u64>, error: &str) {
        let error = printable(error);
        tracing::warn!(target: TARGET, portal_id, error, "token provider failed");
    }

    /// The function that looks up the account's credentials has failed.
    pub(crate) fn lookup_failed(portal_id: Option<u64>, error: &str) {
        let error = printable(error);
        tracing::warn!(target: TARGET, portal_id, error, "lookup of credentials failed");
    }

    /// A relay leaves an account's events in the queue, or those of one template, until the cause that `reason` names is
    /// fixed. They are tried again after so many seconds.
    pub(crate) fn queue_waits(
        portal_id: Option<u64>,
        template: Option<&str>,
        reason: &str,
        seconds: u64,
    ) {
        let (template, reason) = (template.map(printable), printable(reason));
        tracing::warn!(
            target: TARGET,
            portal_id,
            template,
            reason,
            again_in_seconds = seconds,
            "events wait in the queue"
        );
    }

    impl Span {
        /// The span of a batch and all its attempts.
        pub(crate) fn batch(events: usize, portal_id: Option<u64>) -> Self {
            Span {
                span: tracing::info_span!(target: TARGET, "timeline.batch", events, portal_id),
            }
        }

        /// The span of one attempt, with the names that OpenTelemetry has for the client's side of an HTTP request.
        /// `url.full` is not among them, since it would show the ids of events.
        pub(crate) fn attempt(&self, route: Route, server: Server<'_>, resends: u32) -> Self {
            Span {
                span: tracing::info_span!(
                    target: TARGET,
                    parent: &self.span,
                    "timeline.attempt",
                    otel.name = %route,
                    otel.kind = "client",
                    http.request.method = route.method.as_str(),
                    url.template = route.path,
                    server.address = server.address,
                    server.port = server.port,
                    http.request.resend_count = (resends > 0).then_some(resends),
                    http.response.status_code = tracing::field::Empty,
                    error.type = tracing::field::Empty,
                    otel.status_code = tracing::field::Empty,
                ),
            }
        }

        /// Records how the attempt ended.
        pub(crate) fn ended(&self, status: Option<u16>, error: Option<&str>) {
            if let Some(status) = status {
                self.span.record("http.response.status_code", status);
            }
            let refused = status.filter(|status| *status >= 400);
            let refused = refused.map(|status| status.to_string());
            if let Some(error) = error.or(refused.as_deref()) {
                self.span.record("error.type", error);
                self.span.record("otel.status_code", "ERROR");
            }
        }

        pub(crate) fn around<F: Future>(
            self,
            future: F,
        ) -> impl Future<Output = F::Output> + use<F> {
            tracing::Instrument::instrument(future, self.span)
        }
    }

    impl Undelivered<'_> {
        pub(crate) fn log(&self) {
            let safe = |text: Option<&str>| text.map(printable);
            macro_rules! line {
                ($level:ident, $what:literal) => {
                    tracing::$level!(
                        target: TARGET,
                        portal_id = self.portal_id,
                        outcome = self.outcome,
                        id = safe(self.id),
                        template_id = safe(self.template_id),
                        type_name = safe(self.type_name),
                        reason = self.reason,
                        category = safe(self.category),
                        correlation_id = safe(self.correlation_id),
                        attempts = self.attempts,
                        $what
                    )
                };
            }
            match self.line {
                Line::NotDelivered => line!(warn, "event not delivered"),
                Line::NotDeliveredEither => line!(debug, "event not delivered"),
                Line::Kept => line!(debug, "event kept in the queue"),
            }
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod off {
    use super::{Future, Route, Server, Span, Undelivered};

    pub(crate) fn outage_begins(_: Option<u64>, _: &str) {}

    pub(crate) fn outage_is_over(_: Option<u64>) {}

    pub(crate) fn moved_to_app_events(_: Option<u64>) {}

    pub(crate) fn refresh_token_not_stored(_: Option<u64>, _: &str) {}

    pub(crate) fn token_provider_failed(_: Option<u64>, _: &str) {}

    pub(crate) fn lookup_failed(_: Option<u64>, _: &str) {}

    pub(crate) fn queue_waits(_: Option<u64>, _: Option<&str>, _: &str, _: u64) {}

    impl Span {
        pub(crate) fn batch(_: usize, _: Option<u64>) -> Self {
            Span {}
        }

        pub(crate) fn attempt(&self, _: Route, _: Server<'_>, _: u32) -> Self {
            Span {}
        }

        #[allow(clippy::unused_self)]
        pub(crate) fn ended(&self, _: Option<u16>, _: Option<&str>) {}

        pub(crate) fn around<F: Future>(self, future: F) -> F {
            future
        }
    }

    impl Undelivered<'_> {
        #[allow(clippy::unused_self)]
        pub(crate) fn log(&self) {}
    }
}
