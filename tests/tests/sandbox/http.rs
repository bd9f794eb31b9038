//! A minimal HTTP client, which sends exactly the bytes that a test gives.

use std::io::{Error, ErrorKind, Result};
use std::time::Duration;

use serde_json::Value;
use timeline_core::sandbox::{ACCESS_TOKEN, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const BATCH: &str = "/integrators/timeline/v3/events/batch/create";
pub(crate) const EVENTS: &str = "/integrators/timeline/v3/events";

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!(
                "{error} in {}: {}",
                self.status,
                String::from_utf8_lossy(&self.body)
            )
        })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(other, _)| other.eq_ignore_ascii_case(name))?;
        Some(&found.1)
    }
}

/// Sends a request with the given headers and the required ones. An answer that is cut short is an error.
pub(crate) async fn send(
    sandbox: &Sandbox,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer> {
    let address = sandbox.base_url().strip_prefix("http://").expect("http");
    let mut stream = TcpStream::connect(address).await?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    let mut bytes = Vec::new();
    // If the sandbox hangs, the test fails.
    tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut bytes)).await??;
    parse(&bytes).ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let body = bytes[end + 4..].to_vec();
    let answer = Answer {
        status,
        headers,
        body,
    };
    let promised = match answer.header("content-length") {
        Some(length) => length.parse().ok()?,
        None => 0,
    };
    (answer.body.len() == promised).then_some(answer)
}

/// Sends JSON with the sandbox's own access token.
pub(crate) async fn call(sandbox: &Sandbox, method: &str, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    raw(sandbox, method, path, body.as_bytes())
        .await
        .expect("an answer")
}

pub(crate) async fn raw(
    sandbox: &Sandbox,
    method: &str,
    path: &str,
    body: &[u8],
) -> Result<Answer> {
    let bearer = format!("Bearer {ACCESS_TOKEN}");
    let headers = [
        ("Authorization", &*bearer),
        ("Content-Type", "application/json"),
    ];
    send(sandbox, method, path, &headers, body).await
}

/// Sends a batch of these events.
pub(crate) async fn batch(sandbox: &Sandbox, events: &[Value]) -> Answer {
    call(
        sandbox,
        "POST",
        BATCH,
        &serde_json::json!({ "inputs": events }),
    )
    .await
}

/// A batch of these events, with this access token.
pub(crate) async fn batch_with(sandbox: &Sandbox, token: &str, events: &[Value]) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("Authorization", &*bearer),
        ("Content-Type", "application/json"),
    ];
    let body = serde_json::json!({ "inputs": events }).to_string();
    send(sandbox, "POST", BATCH, &headers, body.as_bytes())
        .await
        .expect("an answer")
}
