//! The scopes that HubSpot says an access token lacks.

use super::json::{elements, pick, string, utf8};

/// The keys of a `context` that name them; the second one is an assumption.
const KEYS: [&str; 2] = ["requiredGranularScopes", "requiredScopes"];

/// The scopes that the body of a 403 names, each once: in the `context` of its errors, or in its own.
pub(crate) fn missing_scopes(body: &[u8]) -> Vec<String> {
    let mut scopes = Vec::new();
    let text = utf8(body);
    let Some([own, errors]) = pick(&text, ["context", "errors"]) else {
        return scopes;
    };
    collect(own, &mut scopes);
    let _ = elements(errors, |error| {
        if let Some([context]) = pick(error, ["context"]) {
            collect(context, &mut scopes);
        }
    });
    scopes
}

fn collect(context: Option<&str>, scopes: &mut Vec<String>) {
    let values = context.and_then(|context| pick(context, KEYS));
    for value in values.into_iter().flatten().flatten() {
        let mut add = |json| {
            let scope = string(json).filter(|text| is_scope(text) && !scopes.contains(text));
            if scopes.len() < MOST {
                scopes.extend(scope);
            }
        };
        add(value);
        let _ = elements(Some(value), add);
    }
}

/// The most scopes that are kept. An app has a few dozen.
const MOST: usize = 50;

/// Whether a text looks like a scope, such as `crm.objects.contacts.read`. Other texts are not shown: they could hold
/// anything.
fn is_scope(text: &str) -> bool {
    const LONGEST: usize = 100;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    !text.is_empty() && text.len() <= LONGEST && text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::missing_scopes;

    #[test]
    fn scopes_are_read_where_hubspot_puts_them_and_nothing_else_is() {
        for (body, scopes) in [
            ("", vec![]),
            ("[]", vec![]),
            (r#"{"errors":7,"context":[]}"#, vec![]),
            (
                r#"{"errors":[7,{"context":7},{"context":{"requiredGranularScopes":7}}]}"#,
                vec![],
            ),
            (
                r#"{"category":"MISSING_SCOPES","errors":[
                    {"message":"x","context":{"requiredGranularScopes":["timeline","oauth"]}},
                    {"message":"y","context":{"requiredGranularScopes":["timeline","crm.objects.contacts.read"]}}]}"#,
                vec!["timeline", "oauth", "crm.objects.contacts.read"],
            ),
            (
                r#"{"context":{"requiredScopes":"timeline"}}"#,
                vec!["timeline"],
            ),
            (
                r#"{"errors":[{"context":{"requiredGranularScopes":["ada@example.com","a b","","\u001b[31m"]}}]}"#,
                vec![],
            ),
        ] {
            assert_eq!(missing_scopes(body.as_bytes()), scopes, "{body}");
        }
        let many: Vec<String> = (0..1_000).map(|n| format!("\"s{n}\"")).collect();
        let body = format!(r#"{{"context":{{"requiredScopes":[{}]}}}}"#, many.join(","));
        assert_eq!(missing_scopes(body.as_bytes()).len(), 50);
    }
}
