//! What a path leads to; queries and forms.

use std::borrow::Cow;
use std::collections::HashMap;

use percent_encoding::percent_decode_str;

use super::fault::Route;

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Batch,
    Single,
    /// App events: a batch, one event, and the name of an event type.
    AppBatch,
    AppSingle,
    ProjectTypes,
    Event {
        template_id: String,
        id: String,
    },
    /// An event as HubSpot shows it: its detail, or a page.
    Rendered,
    Templates,
    Template {
        id: String,
    },
    Tokens {
        template_id: String,
    },
    Token {
        template_id: String,
        name: String,
    },
    Oauth(TokenCall),
    /// The description of a token by version 1 of the token endpoint.
    AccessToken {
        token: String,
    },
    RefreshToken {
        token: String,
    },
}

/// What a request asks of the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenCall {
    Grant,
    Introspect,
    Revoke,
}

impl Target {
    /// Whether it is a path of the token endpoint, which needs no access token.
    pub(super) fn is_oauth(&self) -> bool {
        self.route() == Route::Token
    }

    pub(super) fn route(&self) -> Route {
        match self {
            Target::Batch | Target::Single | Target::AppBatch | Target::AppSingle => Route::Events,
            Target::Event { .. } | Target::Rendered => Route::Read,
            Target::Oauth(_) | Target::AccessToken { .. } | Target::RefreshToken { .. } => {
                Route::Token
            }
            _ => Route::Templates,
        }
    }

    /// The methods that it has, as the `Allow` header lists them.
    pub(super) fn methods(&self) -> &'static str {
        match self {
            Target::Batch
            | Target::Single
            | Target::AppBatch
            | Target::AppSingle
            | Target::ProjectTypes
            | Target::Tokens { .. }
            | Target::Oauth(_) => "POST",
            Target::Event { .. } | Target::Rendered => "GET",
            Target::AccessToken { .. } => "GET",
            Target::RefreshToken { .. } => "GET, DELETE",
            Target::Templates => "GET, POST",
            Target::Template { .. } => "GET, PUT, DELETE",
            Target::Token { .. } => "PUT, DELETE",
        }
    }
}

/// Splits the path at its slashes first and decodes the parts afterwards, so that an encoded slash is part of an id.
pub(super) fn target(path: &str) -> Option<Target> {
    let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    match *parts {
        ["oauth", "2026-09" | "2026-03" | "v3" | "v1", "token"] => {
            return Some(Target::Oauth(TokenCall::Grant));
        }
        ["oauth", "2026-09" | "2026-03" | "v3", "token", "introspect"] => {
            return Some(Target::Oauth(TokenCall::Introspect));
        }
        ["oauth", "2026-09" | "2026-03" | "v3", "token", "revoke"] => {
            return Some(Target::Oauth(TokenCall::Revoke));
        }
        ["oauth", "v1", "access-tokens", token] => {
            let token = decode(token);
            return Some(Target::AccessToken { token });
        }
        ["oauth", "v1", "refresh-tokens", token] => {
            let token = decode(token);
            return Some(Target::RefreshToken { token });
        }
        [
            "integrators",
            "timeline",
            "2026-03" | "2026-09" | "v4",
            ref rest @ ..,
        ] => {
            return match rest {
                ["events"] => Some(Target::AppSingle),
                ["events", "batch"] => Some(Target::AppBatch),
                ["types", "projects"] => Some(Target::ProjectTypes),
                _ => None,
            };
        }
        _ => {}
    }
    let ["integrators", "timeline", "v3", rest @ ..] = &*parts else {
        return None;
    };
    match *rest {
        ["events"] => Some(Target::Single),
        ["events", "batch", "create"] => Some(Target::Batch),
        ["events", template_id, id] => Some(Target::Event {
            template_id: decode(template_id),
            id: decode(id),
        }),
        ["events", _, _, "detail" | "render"] => Some(Target::Rendered),
        [app, "event-templates", ref rest @ ..] if app.parse::<u64>().is_ok() => match *rest {
            [] => Some(Target::Templates),
            [id] => Some(Target::Template { id: decode(id) }),
            [id, "tokens"] => Some(Target::Tokens {
                template_id: decode(id),
            }),
            [id, "tokens", name] => Some(Target::Token {
                template_id: decode(id),
                name: decode(name),
            }),
            _ => None,
        },
        _ => None,
    }
}

/// Undoes percent-encoding. A text that is not UTF-8 afterwards stays as it is.
fn decode(text: &str) -> String {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map_or_else(|_| text.to_owned(), Cow::into_owned)
}

/// The fields of a form or a query. If a name comes twice, its last value counts.
pub(super) fn form(text: &str) -> HashMap<String, String> {
    form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Target, TokenCall, form, target};

    #[test]
    fn paths() {
        let event = |template_id: &str, id: &str| {
            Some(Target::Event {
                template_id: template_id.to_owned(),
                id: id.to_owned(),
            })
        };
        let token = |path: &str, call: Option<TokenCall>| {
            (format!("/oauth/{path}"), call.map(Target::Oauth))
        };
        let base = "/integrators/timeline/v3";
        for (path, expected) in [
            (format!("{base}/events"), Some(Target::Single)),
            (format!("{base}/events/batch/create"), Some(Target::Batch)),
            (
                "/integrators/timeline/2026-03/events/batch".to_owned(),
                Some(Target::AppBatch),
            ),
            (
                "/integrators/timeline/2026-09/events".to_owned(),
                Some(Target::AppSingle),
            ),
            (
                "/integrators/timeline/v4/types/projects".to_owned(),
                Some(Target::ProjectTypes),
            ),
            ("/integrators/timeline/v4/events/1/a".to_owned(), None),
            ("/integrators/timeline/2025-09/events".to_owned(), None),
            (
                format!("{base}/events/1/a%2Fb%20c+d%25"),
                event("1", "a/b c+d%"),
            ),
            (format!("{base}/events/1/%zz%4"), event("1", "%zz%4")),
            (format!("{base}/events/1/%C3%A9"), event("1", "é")),
            (format!("{base}/events/1/%FF"), event("1", "%FF")),
            (format!("{base}/events/1"), None),
            (format!("{base}/events/1/2/3"), None),
            (format!("{base}/events/1/2/detail"), Some(Target::Rendered)),
            (format!("{base}/events/1/2/render"), Some(Target::Rendered)),
            (format!("{base}/events/"), None),
            (format!("{base}/7/event-templates"), Some(Target::Templates)),
            (format!("{base}/app/event-templates"), None),
            (
                format!("{base}/7/event-templates/8"),
                Some(Target::Template { id: "8".to_owned() }),
            ),
            (
                format!("{base}/7/event-templates/8/tokens"),
                Some(Target::Tokens {
                    template_id: "8".to_owned(),
                }),
            ),
            (
                format!("{base}/7/event-templates/8/tokens/pet.name"),
                Some(Target::Token {
                    template_id: "8".to_owned(),
                    name: "pet.name".to_owned(),
                }),
            ),
            token("2026-09/token", Some(TokenCall::Grant)),
            token("2026-03/token", Some(TokenCall::Grant)),
            token("v3/token", Some(TokenCall::Grant)),
            token("v1/token", Some(TokenCall::Grant)),
            token("v2/token", None),
            token("2026-09/token/introspect", Some(TokenCall::Introspect)),
            token("v3/token/revoke", Some(TokenCall::Revoke)),
            token("v1/token/revoke", None),
            token("v3/access-tokens/a", None),
            (
                "/oauth/v1/access-tokens/a%2Fb".to_owned(),
                Some(Target::AccessToken {
                    token: "a/b".to_owned(),
                }),
            ),
            (
                "/oauth/v1/refresh-tokens/a".to_owned(),
                Some(Target::RefreshToken {
                    token: "a".to_owned(),
                }),
            ),
            ("/".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(target(&path), expected, "{path}");
        }
    }

    #[test]
    fn forms() {
        let form = form("a=1&b=x+y%26z&c&a=2&");
        for (name, value) in [("a", "2"), ("b", "x y&z"), ("c", "")] {
            assert_eq!(form.get(name).map(String::as_str), Some(value), "{name}");
        }
        assert_eq!(form.len(), 3);
    }
}
