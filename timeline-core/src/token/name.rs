//! The rule for a token's name.

use std::fmt;

/// The error of a name that HubSpot does not take for a token.
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidTokenName {
    name: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Empty,
    Character(char),
    Reserved,
}

crate::error::debug_as_text!(InvalidTokenName);

impl fmt::Display for InvalidTokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match self.kind {
            Kind::Empty => f.write_str("a token's name is empty"),
            Kind::Character(c) => write!(
                f,
                "token name {name:?} contains {c:?}; letters, digits, `.`, `-` and `_` are allowed"
            ),
            Kind::Reserved => write!(
                f,
                "a token cannot be named `{name}`: Handlebars, HubSpot's template language, keeps that word for itself"
            ),
        }
    }
}

impl std::error::Error for InvalidTokenName {}

/// Letters, digits, `.`, `-`, `_`; not `log` or `lookup`.
///
/// Only ASCII letters are allowed: HubSpot documents only "letters", and an ASCII name is safe in any case.
pub(crate) fn check_name(name: &str) -> Result<(), InvalidTokenName> {
    let kind = if name.is_empty() {
        Kind::Empty
    } else if let Some(c) = name
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '_'))
    {
        Kind::Character(c)
    } else if matches!(name, "log" | "lookup") {
        Kind::Reserved
    } else {
        return Ok(());
    };
    Err(InvalidTokenName {
        name: name.to_owned(),
        kind,
    })
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn names() {
        for name in [
            "a", "petName", "pet-name", "pet.name", "pet_name", "9", "Log", "log2",
        ] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for (name, says) in [
            ("", "empty"),
            ("pet name", "contains ' '"),
            ("prix€", "contains '€'"),
            ("größe", "contains 'ö'"),
            ("{{a}}", "contains '{'"),
            ("log", "cannot be named `log`"),
            ("lookup", "cannot be named `lookup`"),
        ] {
            let error = check_name(name).expect_err(name).to_string();
            assert!(error.contains(says), "{name}: {error}");
        }
    }
}
