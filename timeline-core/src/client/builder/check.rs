//! What is wrong with a client's settings.

use super::{Chosen, ClientBuilder};
use crate::client::config_error::{ConfigError, ConfigErrorKind};
use crate::client::credentials::{Credentials, Source};
use crate::limits;
use crate::wire::Api;

impl ClientBuilder {
    /// The credentials to use. The root of clients for many accounts needs none of its own.
    pub(super) fn credentials(&self) -> Result<Credentials, ConfigError> {
        let given = match &self.credentials[..] {
            [] => self.default_credentials.as_slice(),
            given => given,
        };
        let credentials = match given {
            [] => Credentials::none(),
            [credentials] => credentials.clone(),
            _ => return Err(ConfigErrorKind::TwoCredentials.into()),
        };
        if let Some((what, flaw)) = credentials.flaw() {
            let is_oauth = matches!(credentials.0, Source::OAuth(_));
            return Err(ConfigErrorKind::Secret {
                what,
                flaw,
                is_oauth,
            }
            .into());
        }
        Ok(credentials)
    }

    /// The first setting that is wrong by itself, or that does not fit the others.
    pub(super) fn check(&self) -> Result<(), ConfigErrorKind> {
        use ConfigErrorKind as Kind;
        for (setting, is_zero) in [
            ("batch_size", self.batch_size == Some(0)),
            ("concurrency", self.concurrency == 0),
            ("portal_id", self.portal_id == Some(0)),
            ("timeout", self.timeout.is_zero()),
        ] {
            if is_zero {
                return Err(Kind::Zero(setting));
            }
        }
        match self.project.as_deref() {
            Some("") => return Err(Kind::Empty("project")),
            Some(name) if name.trim() != name => return Err(Kind::Blanks("project")),
            _ => {}
        }
        let most = limits::APP_EVENTS_PER_BATCH;
        if self.api == Api::AppEvents && self.batch_size.is_some_and(|events| events > most) {
            return Err(Kind::BatchSize);
        }
        let is_segment =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        if self.api_version.is_empty() || !self.api_version.bytes().all(is_segment) {
            return Err(Kind::ApiVersion);
        }
        let is_other = matches!(self.transport, Chosen::Other(_));
        for (setting, is_set) in [
            ("proxy", self.proxy.is_some()),
            ("root_certificate", !self.root_certificates.is_empty()),
        ] {
            if is_other && is_set {
                return Err(Kind::OtherTransport(setting));
            }
        }
        Ok(())
    }
}
