//! The token endpoint, where access tokens come from: one request to it, and what its answer means.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::clock::Clock;
use super::credentials_error::{CredentialsError, CredentialsErrorKind, NoToken};
use super::http::{Http, Request};
use super::secret::{Flaw, Secret};
use super::transport::Failure;
use crate::wire::answer::RawAnswer;

const TOKEN_PATH: &str = "/oauth/2026-03/token";

/// What the token endpoint gave.
pub(super) struct Granted {
    /// If something is wrong with this token, the rest of the answer still counts.
    pub(super) access_token: Result<Secret, NoToken>,
    pub(super) refresh_token: Option<Secret>,
    pub(super) expires_in: Option<Duration>,
    /// The account that installed the app.
    pub(super) hub_id: Option<u64>,
    pub(super) scopes: Vec<String>,
}

/// Makes one request for a token.
pub(super) async fn ask(
    http: &Http,
    clock: &Arc<dyn Clock>,
    pairs: &[(&str, &str)],
) -> Result<Granted, NoToken> {
    let content_type = "application/x-www-form-urlencoded";
    let request = Request::post(TOKEN_PATH, content_type, form(pairs));
    match http.call(request, None, clock).await {
        Ok(response) => granted(&response.raw),
        Err(failure) => Err(unreachable(failure)),
    }
}

fn unreachable(failure: Failure) -> NoToken {
    let error = CredentialsError::new(CredentialsErrorKind::EndpointFailed);
    let says = |what: &str| format!("no access token could be had: the token endpoint {what}");
    NoToken::failed(match failure {
        Failure::NotSecure(cause) => return NoToken::NotSecure(cause),
        Failure::NotConnected(cause) => error
            .in_words(&says(&format!("could not be reached ({cause})")))
            .caused_by(cause),
        Failure::TimedOut => error.in_words(&says("did not answer in time")),
        Failure::Disconnected(cause) => error
            .in_words(&says(&format!(
                "ended the connection before its answer ({cause})"
            )))
            .caused_by(cause),
    })
}

/// What the token endpoint's answer means.
fn granted(response: &RawAnswer) -> Result<Granted, NoToken> {
    let body: Option<Value> = serde_json::from_slice(&response.body).ok();
    let text = |key: &str| body.as_ref()?.get(key)?.as_str();
    let marks = Marks {
        status: text("status"),
        category: text("category"),
        error: text("error"),
        message: text("message").or(text("error_description")),
        correlation_id: text("correlationId"),
    };
    let said = |kind| {
        CredentialsError::new(kind).answered(
            response.status,
            marks.word(),
            marks.message.map(str::to_owned),
            marks.correlation_id,
        )
    };
    let failed = || NoToken::Failed {
        error: said(CredentialsErrorKind::EndpointFailed),
        retry_after: response.retry_after,
    };
    let tokenless = || {
        let words = "the token endpoint's answer has no access token in it";
        NoToken::failed(said(CredentialsErrorKind::EndpointFailed).in_words(words))
    };
    match response.status {
        200..=299 => {
            let body = body.as_ref().filter(|body| body.is_object());
            let body = body.ok_or_else(tokenless)?;
            let secret = |key| body.get(key).and_then(Value::as_str).map(Secret::new);
            let access_token = match secret("access_token") {
                None => Err(tokenless()),
                Some(token) => match token.flaw() {
                    None => Ok(token),
                    Some(Flaw::Empty) => Err(tokenless()),
                    Some(flaw) => Err(NoToken::Unusable(CredentialsError::malformed(
                        "the access token that the token endpoint gave",
                        flaw,
                    ))),
                },
            };
            let scopes = body.get("scopes").and_then(Value::as_array);
            let scopes = scopes.into_iter().flatten().filter_map(Value::as_str);
            Ok(Granted {
                access_token,
                refresh_token: secret("refresh_token")
                    .filter(|token| !token.expose().trim().is_empty()),
                expires_in: body
                    .get("expires_in")
                    .and_then(Value::as_u64)
                    .map(Duration::from_secs),
                hub_id: body.get("hub_id").and_then(Value::as_u64),
                scopes: scopes.map(str::to_owned).collect(),
            })
        }
        // These failures are temporary.
        408 | 409 | 423 | 425 | 429 | 477 => Err(failed()),
        // HubSpot's own 4xx is a refusal; a gateway's is an outage.
        400..=499 if marks.are_hubspots() => {
            Err(NoToken::RefreshRefused(said(marks.kind(response.status))))
        }
        _ => Err(failed()),
    }
}

/// The parts of an error's body that show who wrote it, HubSpot or a gateway, and what it is about.
#[derive(Clone, Copy, Default)]
struct Marks<'b> {
    /// `BAD_REFRESH_TOKEN` and the like; in HubSpot's other errors the word `error`.
    status: Option<&'b str>,
    category: Option<&'b str>,
    /// OAuth's error code, such as `invalid_grant`.
    error: Option<&'b str>,
    message: Option<&'b str>,
    correlation_id: Option<&'b str>,
}

impl<'b> Marks<'b> {
    /// Whether HubSpot wrote the error. The error of a gateway that does not let a request through has none of HubSpot's
    /// marks.
    fn are_hubspots(&self) -> bool {
        // RFC 6749, 5.2.
        const OAUTH: [&str; 6] = [
            "invalid_request",
            "invalid_client",
            "invalid_grant",
            "unauthorized_client",
            "unsupported_grant_type",
            "invalid_scope",
        ];
        self.correlation_id.is_some()
            || self.category.is_some()
            || self.named_status().is_some()
            || self.error.is_some_and(|error| OAUTH.contains(&error))
    }

    fn named_status(&self) -> Option<&'b str> {
        let is_name = |text: &str| text.contains('_') && !text.contains(|c: char| c.is_lowercase());
        self.status.filter(|status| is_name(status))
    }

    /// The name that says most about the error.
    fn word(&self) -> Option<&'b str> {
        self.named_status().or(self.category).or(self.error)
    }

    /// What the refusal is about. HubSpot's names decide first, then OAuth's, and words in the message only where no name
    /// decides: if an account were taken for a revoked one by mistake, none of its events would be sent any more.
    fn kind(&self, status: u16) -> CredentialsErrorKind {
        use CredentialsErrorKind as Kind;
        let names: Vec<String> = [self.named_status(), self.category]
            .into_iter()
            .flatten()
            .map(str::to_ascii_uppercase)
            .collect();
        let named = |part: &str| names.iter().any(|name| name.contains(part));
        let message = self.message.unwrap_or_default().to_ascii_lowercase();
        let message = message.replace('_', " ");
        if named("CLIENT_SECRET") {
            Kind::WrongClientSecret
        } else if named("CLIENT_ID") {
            Kind::WrongClientId
        } else if named("REFRESH_TOKEN") {
            Kind::BadRefreshToken
        } else if named("AUTH_CODE") || named("AUTHORIZATION_CODE") || named("REDIRECT_URI") {
            Kind::BadAuthorizationCode
        } else if self.error == Some("invalid_client") || message.contains("client secret") {
            match (message.contains("client id"), message.contains("secret")) {
                (_, true) => Kind::WrongClientSecret,
                (true, false) => Kind::WrongClientId,
                (false, false) => Kind::Refused,
            }
        } else if status == 403 {
            Kind::AppUninstalled
        } else if self.error == Some("invalid_grant") && !message.contains("code") {
            Kind::BadRefreshToken
        } else if self.error == Some("invalid_grant") {
            Kind::BadAuthorizationCode
        } else {
            Kind::Refused
        }
    }
}

/// Writes `application/x-www-form-urlencoded` with the URL library's serializer.
fn form(pairs: &[(&str, &str)]) -> Vec<u8> {
    // Any URL will do: only its query is used.
    let Ok(mut url) = reqwest::Url::parse("http://localhost") else {
        return Vec::new();
    };
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().as_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::{NoToken, RawAnswer, form, granted};
    use crate::client::CredentialsErrorKind as Kind;

    #[test]
    fn forms_are_encoded() {
        assert_eq!(
            form(&[("a", "x&y=z é"), ("b", "")]),
            b"a=x%26y%3Dz+%C3%A9&b="
        );
    }

    fn answer(status: u16, body: &str) -> RawAnswer {
        RawAnswer {
            status,
            retry_after: None,
            body: body.into(),
            complete: true,
            too_long: false,
        }
    }

    #[test]
    fn refusals_are_told_apart() {
        for (status, body, kind) in [
            (
                400,
                r#"{"status":"BAD_CLIENT_ID","message":"missing or unknown client id"}"#,
                Kind::WrongClientId,
            ),
            (
                400,
                r#"{"status":"BAD_CLIENT_SECRET","message":"missing or unknown client secret","error":"invalid_client"}"#,
                Kind::WrongClientSecret,
            ),
            (
                400,
                r#"{"status":"BAD_REFRESH_TOKEN","message":"refresh token was not issued to this client id","error":"invalid_grant"}"#,
                Kind::BadRefreshToken,
            ),
            (
                400,
                r#"{"status":"BAD_AUTH_CODE","error":"invalid_grant"}"#,
                Kind::BadAuthorizationCode,
            ),
            (
                400,
                r#"{"status":"MISMATCH_REDIRECT_URI_AUTH_CODE"}"#,
                Kind::BadAuthorizationCode,
            ),
            (
                403,
                r#"{"status":"error","category":"USER_DOES_NOT_HAVE_PERMISSIONS","correlationId":"c"}"#,
                Kind::AppUninstalled,
            ),
            (
                403,
                r#"{"status":"error","category":"MISSING_SCOPES"}"#,
                Kind::AppUninstalled,
            ),
            // A name counts more than the status.
            (
                403,
                r#"{"status":"BAD_CLIENT_SECRET"}"#,
                Kind::WrongClientSecret,
            ),
            (
                401,
                r#"{"status":"error","category":"INVALID_CLIENT_ID"}"#,
                Kind::WrongClientId,
            ),
            // OAuth's own words alone.
            (401, r#"{"error":"invalid_client"}"#, Kind::Refused),
            (
                401,
                r#"{"error":"invalid_client","error_description":"Client secret is wrong"}"#,
                Kind::WrongClientSecret,
            ),
            (
                401,
                r#"{"error":"invalid_client","error_description":"no such client_id"}"#,
                Kind::WrongClientId,
            ),
            // Words in the message, without OAuth's.
            (
                400,
                r#"{"category":"VALIDATION_ERROR","message":"the client secret is wrong"}"#,
                Kind::WrongClientSecret,
            ),
            (400, r#"{"error":"invalid_grant"}"#, Kind::BadRefreshToken),
            (
                400,
                r#"{"error":"invalid_grant","error_description":"the code has expired"}"#,
                Kind::BadAuthorizationCode,
            ),
            (400, r#"{"error":"invalid_request"}"#, Kind::Refused),
            (400, r#"{"status":"BAD_GRANT_TYPE"}"#, Kind::Refused),
            // Words in a message never make an account count as revoked.
            (
                400,
                r#"{"status":"error","correlationId":"c","message":"missing refresh token"}"#,
                Kind::Refused,
            ),
            (
                404,
                r#"{"status":"error","correlationId":"c"}"#,
                Kind::Refused,
            ),
        ] {
            let Err(NoToken::RefreshRefused(error)) = granted(&answer(status, body)) else {
                panic!("no refusal: {status} {body}");
            };
            assert_eq!(
                (error.kind(), error.status()),
                (kind, Some(status)),
                "{body}"
            );
        }
    }

    /// HubSpot's own refusal is told at once, whatever the status: waiting does not mend it, unless the status says so.
    #[test]
    fn hubspots_own_refusals_are_told_at_once() {
        let body = r#"{"status":"error","category":"VALIDATION_ERROR","correlationId":"c"}"#;
        for status in [400, 401, 403, 404, 405, 406, 410, 411, 413, 415, 422, 426] {
            let no_token = granted(&answer(status, body)).err();
            assert!(
                matches!(no_token, Some(NoToken::RefreshRefused(_))),
                "{status}: {no_token:?}"
            );
            // After a 404 the message asks about `base_url`: most likely the server is not HubSpot's.
            let shown = format!("{no_token:?}");
            assert_eq!(shown.contains("is `base_url`"), status == 404, "{shown}");
        }
        for status in [302, 408, 409, 423, 425, 429, 477, 500, 502, 503, 504, 520] {
            let no_token = granted(&answer(status, body)).err();
            assert!(
                matches!(no_token, Some(NoToken::Failed { .. })),
                "{status}: {no_token:?}"
            );
        }
    }

    #[test]
    fn an_answer_without_a_token_is_told_as_that() {
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"access_token":7}"#,
            r#"{"access_token":""}"#,
        ] {
            let no_token = match granted(&answer(200, body)) {
                Ok(granted) => granted.access_token.err(),
                Err(no_token) => Some(no_token),
            };
            let Some(NoToken::Failed { error, .. }) = no_token else {
                panic!("{body}");
            };
            assert_eq!(
                error.to_string(),
                "the token endpoint's answer has no access token in it (status 200)",
                "{body}"
            );
        }
    }

    #[test]
    fn what_the_endpoint_said_is_kept_and_the_message_is_not_shown() {
        let body =
            r#"{"status":"BAD_REFRESH_TOKEN","message":"canary is unknown","correlationId":"c-1"}"#;
        let Err(NoToken::RefreshRefused(error)) = granted(&answer(400, body)) else {
            panic!("no refusal");
        };
        assert_eq!(error.category(), Some("BAD_REFRESH_TOKEN"));
        assert_eq!(error.message(), Some("canary is unknown"));
        assert_eq!(error.correlation_id(), Some("c-1"));
        let shown = format!("{error} {error:?}");
        assert!(
            shown.contains("(status 400, BAD_REFRESH_TOKEN, correlation id c-1)"),
            "{shown}"
        );
        assert!(!shown.contains("canary"), "{shown}");
    }

    /// An answer of a gateway, or one that was cut off, refuses no token.
    #[test]
    fn without_hubspots_marks_it_is_no_refusal() {
        for body in [
            "",
            "<html>403 Forbidden</html>",
            "{}",
            "null",
            r#"{"message":"Forbidden"}"#,
            r#"{"error":"forbidden"}"#,
            r#"{"status":"error"}"#,
            r#"{"status":403,"error":{"code":7}}"#,
            r#"{"status":"BAD_REFRESH_TOKEN","mess"#,
        ] {
            for status in [400, 401, 403, 404] {
                let no_token = granted(&answer(status, body)).err();
                assert!(
                    matches!(no_token, Some(NoToken::Failed { .. })),
                    "{status} {body}: {no_token:?}"
                );
            }
        }
    }

    #[test]
    fn an_access_token_that_cannot_be_one() {
        for token in ["abc\\n", " abc", "a\\u200bc", "\\\"abc\\\""] {
            let body = format!(r#"{{"access_token":"{token}","refresh_token":"new","hub_id":7}}"#);
            let granted = granted(&answer(200, &body)).expect("an answer");
            let no_token = granted.access_token.err();
            assert!(
                matches!(&no_token, Some(NoToken::Unusable(error)) if error.kind() == Kind::Malformed),
                "{token}: {no_token:?}"
            );
            assert_eq!(
                granted
                    .refresh_token
                    .as_ref()
                    .map(crate::client::Secret::expose),
                Some("new")
            );
            assert_eq!(granted.hub_id, Some(7));
        }
    }
}
