//! Which servers the client may be told to send to.

use reqwest::Url;

use super::config_error::{ConfigError, ConfigErrorKind as Kind};

/// Whether `https` can be spoken at all.
const TLS: bool = cfg!(any(
    feature = "rustls",
    feature = "rustls-no-provider",
    feature = "native-tls"
));

/// The server; `speaks_tls` if another transport than the client's own does.
pub(super) fn base_url(text: &str, allow_http: bool, speaks_tls: bool) -> Result<Url, ConfigError> {
    let url = Url::parse(text).map_err(|error| Kind::BaseUrl.caused_by(error))?;
    if url.path().contains("/integrators/") {
        return Err(Kind::BaseUrl.into());
    }
    let plain = url.host().is_some()
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    match url.scheme() {
        "https" if plain && (TLS || speaks_tls) => Ok(url),
        "https" if plain => Err(Kind::NoTls.into()),
        "http" if plain && (allow_http || is_loopback(&url)) => Ok(url),
        "http" if plain => Err(Kind::Insecure.into()),
        _ => Err(Kind::BaseUrl.into()),
    }
}

/// A loopback address or `localhost`. Names that merely resolve to one are not believed.
pub(super) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::base_url;

    #[test]
    fn only_https_leaves_the_machine() {
        for (url, allow_http, works) in [
            ("https://api.hubapi.com", false, true),
            ("https://proxy.example/hubspot/", false, true),
            ("http://127.0.0.1:4010", false, true),
            ("http://127.8.9.1", false, true),
            ("http://[::1]:4010", false, true),
            ("http://localhost:4010", false, true),
            ("http://api.hubapi.com", false, false),
            ("http://api.hubapi.com", true, true),
            ("http://localhost.example.com", false, false),
            ("http://127.0.0.1.example.com", false, false),
            ("http://10.0.0.1", false, false),
            ("ftp://api.hubapi.com", true, false),
            ("https://user:pass@api.hubapi.com", false, false),
            ("https://api.hubapi.com?x=1", false, false),
            ("https://api.hubapi.com#x", false, false),
            ("api.hubapi.com", false, false),
            ("", false, false),
        ] {
            let taken = base_url(url, allow_http, false);
            assert_eq!(taken.is_ok(), works, "{url}");
            if let Err(error) = taken
                && url.starts_with("https")
            {
                assert!(error.to_string().contains("`base_url` must be"), "{error}");
            }
        }
    }
}
