//! Proxies, by the environment and by the client's own setting.

use std::process::Command;

use timeline_core::SendBatch;

use super::network::{Reply, Server, settings, told};
use crate::visits;

/// Tells a child where to send its event.
const CHILD_BASE_URL: &str = "TIMELINE_TESTS_BASE_URL";
/// Tells a child which proxy to set.
const CHILD_PROXY: &str = "TIMELINE_TESTS_PROXY";

/// No test by itself: what [`child`] runs.
#[tokio::test]
async fn what_a_child_sends() {
    let Ok(base_url) = std::env::var(CHILD_BASE_URL) else {
        return;
    };
    let mut settings = settings(base_url).access_token("token").allow_http(true);
    if let Ok(proxy) = std::env::var(CHILD_PROXY) {
        settings = settings.proxy(proxy);
    }
    let outcome = match settings.build() {
        Ok(client) => told(&visits(1).send_batch(&client).report().await),
        Err(error) => error.to_string(),
    };
    println!("outcome: {outcome}");
}

/// Sends one event from a process that has these variables and no others about proxies: the environment is the whole
/// process's. Gives back what became of the event.
async fn child(base_url: &str, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command
        .env_remove("REQUEST_METHOD")
        .env(CHILD_BASE_URL, base_url)
        .envs(variables.iter().copied())
        .args(["--exact", "proxies::what_a_child_sends", "--nocapture"]);
    let output = tokio::task::spawn_blocking(move || command.output());
    let output = output.await.expect("no panic").expect("a process");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    let (_, outcome) = text.split_once("outcome: ").expect("an outcome");
    outcome.lines().next().unwrap_or_default().to_owned()
}

const ASKED_FOR_ALL: &str =
    "POST http://hubspot.example/integrators/timeline/v3/events/batch/create HTTP/1.1";

#[tokio::test]
async fn the_environment_names_a_proxy() {
    let proxy = Server::ledger().await;
    let url = &*proxy.url();
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        let outcome = child("http://hubspot.example", &[(name, url)]).await;
        assert_eq!(outcome, "created", "{name}");
        assert_eq!(proxy.asked(), [ASKED_FOR_ALL], "{name}");
    }
    // A proxy for https is not used for http.
    let outcome = child("http://hubspot.example", &[("HTTPS_PROXY", url)]).await;
    assert_eq!(outcome, "not-sent: no connection");
    assert!(proxy.asked().is_empty());
}

/// For `https` a proxy gets to know the host, and neither the token nor the event.
#[tokio::test]
async fn a_proxy_for_https_sees_the_host_only() {
    let proxy = Server::start(|_, _| Reply::Nothing).await;
    let url = &*proxy.url();
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let outcome = child("https://hubspot.example", &[(name, url)]).await;
        assert_eq!(outcome, "not-sent: no connection", "{name}");
        let seen = proxy.seen();
        assert_eq!(proxy.asked(), ["CONNECT hubspot.example:443 HTTP/1.1"]);
        assert_eq!(seen[0].header("authorization"), None);
        assert!(seen[0].body.is_empty());
    }
}

/// Requests that stay on this machine use no proxy.
#[tokio::test]
async fn a_sandbox_is_not_asked_for_through_a_proxy() {
    let (proxy, sandbox) = (Server::ledger().await, Server::ledger().await);
    let url = &*proxy.url();
    let everything = [
        ("HTTP_PROXY", url),
        ("HTTPS_PROXY", url),
        ("ALL_PROXY", url),
        (CHILD_PROXY, url),
    ];
    let port = sandbox.address.port();
    for variables in [&everything[..3], &everything] {
        for host in ["127.0.0.1", "localhost"] {
            let outcome = child(&format!("http://{host}:{port}"), variables).await;
            assert_eq!(outcome, "created", "{host}");
            assert_eq!(sandbox.asked().len(), 1, "{host}");
        }
    }
    assert!(proxy.asked().is_empty());
}

/// The client's own proxy is for all requests that leave the machine, whatever the environment says.
#[tokio::test]
async fn a_proxy_of_the_clients_own_beats_the_environment() {
    let (proxy, own) = (Server::ledger().await, Server::ledger().await);
    let (url, own_url) = (&*proxy.url(), &*own.url());
    for more in [("HTTPS_PROXY", url), ("NO_PROXY", "hubspot.example")] {
        let variables = [
            ("HTTP_PROXY", url),
            ("ALL_PROXY", url),
            more,
            (CHILD_PROXY, own_url),
        ];
        let outcome = child("http://hubspot.example", &variables).await;
        assert_eq!(outcome, "created", "{more:?}");
        assert_eq!(own.asked(), [ASKED_FOR_ALL], "{more:?}");
    }
    assert!(proxy.asked().is_empty());
}

/// A proxy that is not understood is not ignored: the events would leave the machine without it.
#[tokio::test]
async fn a_proxy_of_the_environment_that_cannot_be_used() {
    let proxy = Server::ledger().await;
    let url = &*proxy.url();
    for (scheme, name, value) in [
        ("http", "HTTP_PROXY", "socks5://127.0.0.1:9"),
        ("http", "http_proxy", "::"),
        ("http", "ALL_PROXY", "ftp://127.0.0.1:9"),
        ("https", "HTTPS_PROXY", "socks5h://127.0.0.1:9"),
        ("https", "https_proxy", "http://"),
        ("https", "all_proxy", "x y"),
    ] {
        let outcome = child(&format!("{scheme}://hubspot.example"), &[(name, value)]).await;
        assert!(outcome.contains(name), "{name}={value}: {outcome}");
        assert!(!outcome.contains(value), "{outcome}");
    }
    // The other scheme's variable, one that comes after a good one, and an empty one do not matter.
    for variables in [
        [("HTTP_PROXY", url), ("HTTPS_PROXY", "::")],
        [("HTTP_PROXY", url), ("ALL_PROXY", "::")],
        [("HTTP_PROXY", ""), ("ALL_PROXY", url)],
    ] {
        let outcome = child("http://hubspot.example", &variables).await;
        assert_eq!(outcome, "created", "{variables:?}");
        assert_eq!(proxy.asked(), [ASKED_FOR_ALL], "{variables:?}");
    }
}

#[tokio::test]
async fn the_environment_can_except_a_host() {
    let proxy = Server::ledger().await;
    let url = &*proxy.url();
    for (name, excepted) in [
        ("NO_PROXY", "hubspot.example"),
        ("no_proxy", "other.example, hubspot.example"),
        ("NO_PROXY", ".example"),
        ("NO_PROXY", "*"),
    ] {
        let variables = [("HTTP_PROXY", url), ("ALL_PROXY", url), (name, excepted)];
        let outcome = child("http://hubspot.example", &variables).await;
        assert_eq!(outcome, "not-sent: no connection", "{name}={excepted}");
        assert!(proxy.asked().is_empty(), "{name}={excepted}");
    }
    let variables = [("HTTP_PROXY", url), ("NO_PROXY", "other.example")];
    let outcome = child("http://hubspot.example", &variables).await;
    assert_eq!((&*outcome, proxy.asked().len()), ("created", 1));
}

/// This runs as a child without proxies, since a proxy would answer for the name.
#[tokio::test]
async fn a_name_that_does_not_exist() {
    for base_url in [
        "https://does-not-exist.invalid",
        "http://does-not-exist.invalid",
    ] {
        let outcome = child(base_url, &[]).await;
        assert_eq!(outcome, "not-sent: no connection", "{base_url}");
    }
}
