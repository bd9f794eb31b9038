//! Which servers the client may be told to send to.

use reqwest::Url;

use super::config_error::{ConfigError, ConfigErrorKind as Kind};

/// Whether this build can speak `https`.
const TLS: bool = cfg!(any(
    feature = "rustls",
    feature = "rustls-no-provider",
    feature = "native-tls"
));

const NO_SCHEME: &str = "has no scheme (`https://`, or `http://` for this machine)";

/// Checks the server's URL. `speaks_tls` is for a transport of the user's own, which may speak `https` where this build
/// cannot.
pub(super) fn base_url(text: &str, allow_http: bool, speaks_tls: bool) -> Result<Url, ConfigError> {
    let url = Url::parse(text).map_err(|error| {
        let what = match text.contains("://") {
            true => "cannot be read as a URL",
            false => NO_SCHEME,
        };
        Kind::BaseUrl(what).caused_by(error)
    })?;
    let wrong = [
        (!text.contains("://"), NO_SCHEME),
        (
            !matches!(url.scheme(), "http" | "https"),
            "has another scheme than `http` and `https`",
        ),
        (url.host().is_none(), "has no host"),
        (
            !url.username().is_empty() || url.password().is_some(),
            "has a user or a password",
        ),
        (url.query().is_some(), "has a query (`?`)"),
        (url.fragment().is_some(), "has a fragment (`#`)"),
        (
            url.path().contains("/integrators/"),
            "has the API's own path, which the client adds",
        ),
    ];
    if let Some((_, what)) = wrong.into_iter().find(|(is_wrong, _)| *is_wrong) {
        return Err(Kind::BaseUrl(what).into());
    }
    match url.scheme() {
        "https" if TLS || speaks_tls => Ok(url),
        "https" => Err(Kind::NoTls.into()),
        _ if allow_http || is_loopback(&url) => Ok(url),
        _ => Err(Kind::Insecure.into()),
    }
}

/// A loopback address or `localhost`. No other name counts, even if it resolves to a loopback address.
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
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (url, words) in [
            ("api.hubapi.com", "has no scheme"),
            ("localhost:4010", "has no scheme"),
            ("ftp://api.hubapi.com", "another scheme"),
            ("https://", "cannot be read"),
            ("https://user:pass@api.hubapi.com", "a user or a password"),
            ("https://user@api.hubapi.com", "a user or a password"),
            ("https://api.hubapi.com?x=1", "a query"),
            ("https://api.hubapi.com#x", "a fragment"),
            (
                "https://api.hubapi.com/integrators/timeline/v3",
                "the API's own path",
            ),
        ] {
            let said = base_url(url, true, false)
                .expect_err("no server")
                .to_string();
            assert!(said.contains("`base_url` must be"), "{url}: {said}");
            assert!(said.contains(words), "{url}: {said}");
            assert!(!said.contains("user:pass"), "{said}");
        }
    }
}
