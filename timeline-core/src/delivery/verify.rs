//! A check for a program's start: asks HubSpot what would otherwise show only with the first event.

use std::sync::Arc;

use crate::client::Client;
use crate::delivery::intake::seal::unmet;
use crate::delivery::single_calls::refused;
use crate::error::{Error, ErrorKind};
use crate::event::{InvalidEvent, Requirement, TimelineEvent};
use crate::wire::Api;
use crate::wire::call::Route;

impl Client {
    /// Asks HubSpot whether events of this type can be sent: whether there is an access token, and for app events with a
    /// [`project`](crate::ClientBuilder::project) whether it has the event type. Before that it does what
    /// [`check`](Self::check) does. No event is sent.
    ///
    /// It is one request for each event type that is not known yet, and one to the token endpoint if an access token is
    /// needed; only a 401 is tried again, with a new token. It does not check everything: v3 has no call that names an account's templates, so with
    /// v3 it only gets an access token, and with a fixed [`access_token`](crate::ClientBuilder::access_token) it asks nothing.
    ///
    /// ```
    /// # #[cfg(all(feature = "sandbox", feature = "derive"))]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use timeline_core::{Api, ErrorKind, Sandbox, TimelineEvent};
    ///
    /// #[derive(TimelineEvent)]
    /// #[timeline(type_name = "order_piad")] // misspelt
    /// struct OrderPaid {
    ///     #[timeline(email)]
    ///     customer: String,
    /// }
    ///
    /// let sandbox = Sandbox::start().await?;
    /// let client = sandbox.client_builder().api(Api::AppEvents).project("shop").build()?;
    ///
    /// let error = client.verify::<OrderPaid>().await.unwrap_err();
    /// // A service that is to start while HubSpot is down logs the other kinds, and goes on.
    /// assert_eq!(error.kind(), ErrorKind::InvalidEvent);
    /// assert!(error.to_string().contains("has no event type \"order_piad\""));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidEvent`] if the client lacks a setting or the project an event type; the
    /// [`source`](std::error::Error::source), an [`InvalidEvent`], names all of them that are certain, also if another request
    /// has failed. Else the [`ErrorKind`] of the request that
    /// failed: [`NoAccessToken`](ErrorKind::NoAccessToken), [`OtherPortal`](ErrorKind::OtherPortal),
    /// [`Unauthorized`](ErrorKind::Unauthorized) or [`Forbidden`](ErrorKind::Forbidden) where the credentials are wrong.
    /// `NoAccessToken` may also mean that the token endpoint is down.
    pub async fn verify<E: TimelineEvent>(&self) -> Result<(), Error> {
        let (create, lookup) = (self.api().create_route(), Api::TYPE_NAME_ROUTE);
        let invalid = |route: Route, lacking: InvalidEvent| {
            Error::new(&route, ErrorKind::InvalidEvent).because(lacking)
        };
        unmet::<E>(self).map_err(|lacking| invalid(create, lacking))?;
        if let Some(called) = self.authorize().await {
            self.read(called, create, |answer| Err(refused(&answer)))?;
        }
        let (mut missing, mut failed) = (Vec::new(), None);
        for name in self.types_to_look_up::<E>() {
            let called = self.look_up(&name).await;
            let now = self.root.clock.elapsed();
            match (self.root.apis.is_in_project(&name, now), called) {
                (Err(lacking), _) => missing.push(lacking),
                // What is missing for certain comes before it.
                (Ok(false), Some(called)) => {
                    let read: Result<(), _> =
                        self.read(called, lookup, |answer| Err(refused(&answer)));
                    failed = failed.or(read.err());
                }
                (Ok(_), _) => {}
            }
        }
        let lacking = InvalidEvent::of_all(missing).map(|lacking| invalid(lookup, lacking));
        lacking.or(failed).map_or(Ok(()), Err)
    }

    /// The event types to look up; for an enum, each name once.
    fn types_to_look_up<E: TimelineEvent>(&self) -> Vec<Arc<str>> {
        let mut types = Vec::new();
        E::requires(&mut |requirement| {
            if let Requirement::Template(names) = requirement
                && let Some(name) = self.root.apis.to_look_up(self.api(), names)
                && !types.contains(&name)
            {
                types.push(name);
            }
        });
        types
    }
}
