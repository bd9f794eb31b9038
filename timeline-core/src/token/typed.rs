//! Tokens with another type than their Rust type's own: `#[timeline(type = "…")]`.

use super::invalid::InvalidToken;
use super::text::{Repr, Token};
use super::types::TokenType;

/// The token, if a token of this type can have its text.
///
/// A number is plain decimal, without an exponent or a leading `+`, and a date is whole milliseconds: HubSpot documents no
/// other forms. An enumeration's options are not known here, so every text but the empty one fits.
pub(crate) fn fitting(token: Token<'_>, token_type: TokenType) -> Result<Token<'_>, InvalidToken> {
    // Most values fit because of their kind, and no text has to be made.
    match (token.repr(), token_type) {
        (Repr::Absent, _)
        | (_, TokenType::String)
        | (
            Repr::Signed(_)
            | Repr::Wide(_)
            | Repr::WideUnsigned(_)
            | Repr::Single(_)
            | Repr::Double(_),
            TokenType::Number,
        )
        | (Repr::Signed(_), TokenType::Date)
        | (Repr::Char(_), TokenType::Enumeration) => return Ok(token),
        _ => {}
    }
    let text = token.to_text().unwrap_or_default();
    let reason = match token_type {
        TokenType::Number if !is_number(&text) => {
            "is not a number, which its `type` says it is: expected digits, as in `-12.5`"
        }
        TokenType::Date if text.parse::<i64>().is_err() || text.starts_with('+') => {
            "is not a date, which its `type` says it is: expected milliseconds since 1970"
        }
        TokenType::Enumeration if text.is_empty() => {
            "is empty, which no option of an enumeration is"
        }
        _ => return Ok(token),
    };
    Err(InvalidToken::new(reason))
}

fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(unsigned),
    }
}

#[cfg(test)]
mod tests {
    use super::{Token, TokenType, fitting};

    #[test]
    fn a_text_fits_its_type_or_is_refused() {
        use TokenType::{Date, Enumeration, Number, String};
        for (token_type, text, fits) in [
            (Number, "0", true),
            (Number, "-12.50", true),
            (Number, "340282366920938463463374607431768211455", true),
            (Number, "", false),
            (Number, "-", false),
            (Number, "+1", false),
            (Number, "1.", false),
            (Number, ".5", false),
            (Number, "1e3", false),
            (Number, "1,5", false),
            (Number, " 1", false),
            (Number, "true", false),
            (Date, "0", true),
            (Date, "-1", true),
            (Date, "1785585600000", true),
            (Date, "+1", false),
            (Date, "1.5", false),
            (Date, "9223372036854775808", false),
            (Date, "2026-08-01", false),
            (Date, "", false),
            (Enumeration, "a", true),
            (Enumeration, "", false),
            (String, "", true),
            (String, "anything", true),
        ] {
            let fitted = fitting(Token::text(text), token_type);
            assert_eq!(fitted.is_ok(), fits, "{token_type} {text:?}");
        }
        for (token_type, token, fits) in [
            (Number, Token::number(-3), true),
            (Date, Token::number(3), true),
            (Date, Token::number(i128::MAX), false),
            (Enumeration, Token::number(3), true),
            (String, Token::number(3), true),
        ] {
            let text = token.to_string();
            assert_eq!(
                fitting(token, token_type).is_ok(),
                fits,
                "{token_type} {text}"
            );
        }
        let absent = fitting(Token::absent(), Number).expect("nothing is wrong with nothing");
        assert!(absent.is_absent());
    }
}
