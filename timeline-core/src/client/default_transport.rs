//! The client's own transport, on reqwest.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Proxy, Url};

use super::base_url::is_loopback;
use super::config_error::{ConfigError, ConfigErrorKind as Kind};
use super::pools::Pools;
use super::transport::{Failure, Sent, Transport, TransportBody, TransportError};
use crate::error::Cause;

/// No server may take longer to accept a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// Unused connections are closed before servers tend to close them, which would look like a lost answer.
const IDLE: Duration = Duration::from_secs(30);

/// The client's own [`Transport`], with the builder's proxy and certificates: HTTP/1.1 with a pool of connections for each
/// runtime. It repeats nothing, follows nothing and goes to the base URL's host alone.
/// [`ClientBuilder::wrap_transport`](crate::ClientBuilder::wrap_transport) gives it. Clones share their connections.
#[derive(Clone)]
pub struct DefaultTransport {
    pools: Arc<Pools>,
    /// For messages.
    host: Arc<str>,
}

/// The settings of the HTTP library.
pub(super) struct TransportSettings {
    pub(super) base: Url,
    /// For one attempt.
    pub(super) timeout: Duration,
    pub(super) proxy: Option<String>,
    pub(super) root_certificates: Vec<Vec<u8>>,
}

impl DefaultTransport {
    pub(super) fn new(settings: TransportSettings) -> Result<Self, ConfigError> {
        let first = settings.client()?;
        let host = settings.base.host_str().unwrap_or_default().into();
        Ok(DefaultTransport {
            host,
            pools: Arc::new(Pools::new(first, move || settings.client().ok())),
        })
    }

    fn failure(&self, error: reqwest::Error) -> TransportError {
        let (is_connect, is_timeout) = (error.is_connect(), error.is_timeout());
        let is_lasting = is_connect && !is_timeout && super::tls::is_lasting(&error);
        // The URL of a read has an event's id in it.
        let error = error.without_url();
        // A time-out while connecting is both, a connect error and a time-out. Nothing was sent then.
        TransportError::of(if is_lasting {
            Failure::NotSecure(Cause::at(&self.host, error))
        } else if is_connect {
            Failure::NotConnected(Cause::at(&self.host, error))
        } else if is_timeout {
            Failure::TimedOut
        } else {
            Failure::Disconnected(Cause::new(error))
        })
    }
}

impl Transport for DefaultTransport {
    async fn send(&self, request: http::Request<Vec<u8>>) -> Sent {
        let request = reqwest::Request::try_from(request)
            .map_err(|error| TransportError::not_connected(error.without_url()))?;
        let response = self.pools.here().execute(request).await;
        let response = response.map_err(|error| self.failure(error))?;
        Ok(http::Response::from(response).map(TransportBody::new))
    }
}

impl fmt::Debug for DefaultTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DefaultTransport").finish_non_exhaustive()
    }
}

impl TransportSettings {
    fn client(&self) -> Result<reqwest::Client, ConfigError> {
        let base = &self.base;
        let mut http = reqwest::Client::builder()
            // This limit ends before the attempt does, so that an attempt that cannot connect is known to have sent
            // nothing.
            .connect_timeout(CONNECT.min(self.timeout * 9 / 10))
            .pool_idle_timeout(IDLE)
            // Another crate of the program may turn HTTP/2 on, where one connection that breaks takes all requests with it.
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false);
        let proxy = match &self.proxy {
            // The error is dropped: it may quote the URL, and with it a password.
            Some(text) => Some(
                proxy_url(text)
                    .and_then(|url| Proxy::all(url).ok())
                    .ok_or(Kind::Proxy)?,
            ),
            None => None,
        };
        // What stays on this machine needs no proxy, and must not be sent to one.
        if is_loopback(base) {
            http = http.no_proxy();
        } else if let Some(proxy) = proxy {
            http = http.no_proxy().proxy(proxy);
        } else {
            check_environment(base)?;
        }
        let certificates = &self.root_certificates;
        if !certificates.is_empty() {
            http = trust(http, certificates)?;
        }
        http.build()
            .map_err(|error| Kind::Http.caused_by(error.without_url()))
    }
}

/// Reads the URL of a proxy. A proxy without a scheme is an `http` one. Other schemes are not supported: it is better to
/// refuse such a proxy than to go past it, since it was asked for.
fn proxy_url(text: &str) -> Option<Url> {
    let url = if text.contains("://") {
        Url::parse(text).ok()?
    } else {
        Url::parse(&format!("http://{text}")).ok()?
    };
    (matches!(url.scheme(), "http" | "https") && url.host().is_some()).then_some(url)
}

/// Refuses a proxy of the environment that the HTTP library does not understand: the library would go past it without a
/// word.
fn check_environment(base: &Url) -> Result<(), ConfigError> {
    let names = match base.scheme() {
        "https" => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        _ => ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
    };
    let is_set = |name: &&str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    match names.into_iter().find(is_set) {
        Some(name)
            if std::env::var(name)
                .ok()
                .as_deref()
                .and_then(proxy_url)
                .is_none() =>
        {
            Err(Kind::ProxyVariable(name).into())
        }
        _ => Ok(()),
    }
}

#[cfg(any(
    feature = "rustls",
    feature = "rustls-no-provider",
    feature = "native-tls"
))]
fn trust(
    http: reqwest::ClientBuilder,
    pems: &[Vec<u8>],
) -> Result<reqwest::ClientBuilder, ConfigError> {
    let mut certificates = Vec::new();
    for pem in pems {
        match reqwest::Certificate::from_pem_bundle(pem) {
            Ok(bundle) if !bundle.is_empty() => certificates.extend(bundle),
            Ok(_) => return Err(Kind::RootCertificate.into()),
            Err(error) => return Err(Kind::RootCertificate.caused_by(error)),
        }
    }
    Ok(http.tls_certs_merge(certificates))
}

#[cfg(not(any(
    feature = "rustls",
    feature = "rustls-no-provider",
    feature = "native-tls"
)))]
fn trust(_: reqwest::ClientBuilder, _: &[Vec<u8>]) -> Result<reqwest::ClientBuilder, ConfigError> {
    Err(Kind::NoTls.into())
}
