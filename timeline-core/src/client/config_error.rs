//! Settings that cannot work, and how to mend them.

use std::error::Error as StdError;
use std::fmt;

use super::secret::Flaw;
use crate::error::Cause;

/// A setting that cannot work.
#[derive(Clone)]
pub struct ConfigError {
    kind: ConfigErrorKind,
    cause: Option<Cause>,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum ConfigErrorKind {
    TwoCredentials,
    /// One of the parts of the credentials cannot be right.
    Secret {
        what: &'static str,
        flaw: Flaw,
        is_oauth: bool,
    },
    UserAgent,
    Zero(&'static str),
    Empty(&'static str),
    Blanks(&'static str),
    BatchSize,
    ApiVersion,
    /// It holds what is wrong with the URL, and never the URL itself, which may have a password in it.
    BaseUrl(&'static str),
    Insecure,
    NoTls,
    Proxy,
    /// The setting is for the client's own transport, and another transport was given.
    OtherTransport(&'static str),
    ProxyVariable(&'static str),
    // Without TLS a root certificate has no use.
    #[allow(dead_code)]
    RootCertificate,
    Randomness,
    Http,
}

impl From<ConfigErrorKind> for ConfigError {
    fn from(kind: ConfigErrorKind) -> Self {
        ConfigError { kind, cause: None }
    }
}

impl ConfigErrorKind {
    pub(super) fn caused_by(
        self,
        error: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> ConfigError {
        ConfigError {
            kind: self,
            cause: Some(Cause::new(error)),
        }
    }
}

/// Compares what is wrong, not the error beneath.
impl PartialEq for ConfigError {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Eq for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ConfigErrorKind as Kind;
        f.write_str(match &self.kind {
            Kind::TwoCredentials => {
                "the client has credentials twice: call one of `.oauth(…)`, `.access_token(…)` and `.token_provider(…)`, once"
            }
            Kind::Secret {
                what,
                flaw,
                is_oauth,
            } => {
                if *is_oauth {
                    f.write_str("`OAuth::new` needs a client id, a client secret and a refresh token; ")?;
                }
                return write!(f, "{what} {flaw}");
            }
            Kind::UserAgent => {
                "`user_agent` has characters that an HTTP header cannot carry, such as a line break"
            }
            Kind::Zero(setting) => return write!(f, "`{setting}` must not be zero"),
            Kind::Empty(setting) => {
                return write!(f, "`{setting}` is empty: give it a value, or leave the call out");
            }
            Kind::Blanks(setting) => {
                return write!(f, "`{setting}` has blanks around it: give the text without them");
            }
            Kind::BatchSize => "`batch_size` is over 500, which is the most that app events take",
            Kind::ApiVersion => "`api_version` must be a segment of a path, such as `2026-03`",
            Kind::BaseUrl(what) => {
                return write!(
                    f,
                    "`base_url` must be an `http` or `https` URL without user, query, fragment and the API's own path, such as \
                     `https://api.hubapi.com`; this one {what}"
                );
            }
            Kind::Insecure => {
                "`base_url` is `http` to another machine, where the access token could be read on the way: use `https`, or \
                 `.allow_http(true)` if the network is yours"
            }
            Kind::NoTls => {
                "this build speaks no `https`: enable the feature `rustls` or `native-tls` of `timeline-core`"
            }
            Kind::OtherTransport(setting) => {
                return write!(
                    f,
                    "`{setting}` is a setting of the client's own transport: give it to the one in `.transport(…)`, or use \
                     `.wrap_transport(…)`"
                );
            }
            Kind::Proxy => "`proxy` must be a URL such as `http://proxy.example:3128`",
            Kind::ProxyVariable(name) => {
                return write!(
                    f,
                    "the variable `{name}` of the environment is no `http` or `https` URL of a proxy: mend or unset it, or \
                     call `.proxy(…)`"
                );
            }
            Kind::RootCertificate => "`root_certificate` holds no certificate in PEM (`-----BEGIN CERTIFICATE-----`)",
            Kind::Randomness => "the operating system gives no random numbers for event ids",
            Kind::Http => {
                f.write_str("the HTTP library cannot be set up")?;
                return match &self.cause {
                    Some(cause) => write!(f, ": {cause}"),
                    None => Ok(()),
                };
            }
        })
    }
}

crate::error::debug_as_text!(ConfigError);

impl StdError for ConfigError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let cause = self.cause.as_ref()?;
        Some(cause.error())
    }
}
