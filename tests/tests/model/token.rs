//! Every type that can be a token: its type in the template, its text in the event.

use std::borrow::Cow;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use timeline_core::{DateValue, InvalidToken, Token, TokenType, TokenValue};

/// The token by reference and by value, which must agree.
fn text<T: TokenValue>(value: T) -> (TokenType, Option<String>) {
    let owned = |token: Token<'_>| token.to_text().map(Cow::into_owned);
    let by_reference = owned(value.to_token().expect("a token"));
    let by_value = owned(value.into_token().expect("a token"));
    assert_eq!(by_reference, by_value);
    (T::TYPE, by_value)
}

macro_rules! table {
    ($kind:ident: $($value:expr => $text:expr),* $(,)?) => {$(
        assert_eq!(text($value), (TokenType::$kind, Some($text.to_string())), "{}", stringify!($value));
    )*};
}

#[test]
fn strings() {
    table!(String:
        "Rex" => "Rex",
        "" => "",
        String::from("Rex") => "Rex",
        Cow::Borrowed("Rex") => "Rex",
        Cow::<str>::Owned("Rex".into()) => "Rex",
        Box::<str>::from("Rex") => "Rex",
        Arc::<str>::from("Rex") => "Rex",
        Rc::<str>::from("Rex") => "Rex",
        'é' => "é",
        '"' => "\"",
        "quote \" backslash \\ line\nend \u{0} 日本" => "quote \" backslash \\ line\nend \u{0} 日本",
    );
}

#[test]
fn numbers() {
    table!(Number:
        0u8 => "0", i8::MIN => "-128", i16::MIN => "-32768", u16::MAX => "65535",
        i32::MIN => "-2147483648", u32::MAX => "4294967295",
        i64::MIN => "-9223372036854775808", u64::MAX => "18446744073709551615",
        i128::MIN => "-170141183460469231731687303715884105728",
        u128::MAX => "340282366920938463463374607431768211455",
        usize::MAX => u64::MAX, isize::MIN => i64::MIN,
        NonZero::new(7u8).expect("not 0") => "7",
        NonZero::new(-7i128).expect("not 0") => "-7",
        NonZero::new(u128::MAX).expect("not 0") => "340282366920938463463374607431768211455",
        NonZero::new(7usize).expect("not 0") => "7",
    );
}

/// As people write numbers: no exponent, and as few digits as tell the value apart from its neighbours.
#[test]
fn floats() {
    table!(Number:
        0.0f64 => "0", 1.0f64 => "1", -1.5f64 => "-1.5", 0.1f64 => "0.1", 0.1f32 => "0.1", 12.50f64 => "12.5",
        1e21f64 => "1000000000000000000000", 1e-7f64 => "0.0000001", 16_777_217f64 => "16777217",
    );
    assert_eq!(text(f64::MAX).1.map(|text| text.len()), Some(309));
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = value.to_token().expect_err("not a number");
        assert_eq!(error.to_string(), "is NaN or infinite, not a number");
        assert!((value as f32).to_token().is_err());
    }
}

#[test]
fn a_bool_is_an_enumeration() {
    table!(Enumeration: true => "true", false => "false");
    let values: Vec<String> = bool::options()
        .into_iter()
        .map(|option| option.value)
        .collect();
    assert_eq!(values, ["true", "false"]);
    assert_eq!(<Option<&bool>>::options().len(), 2);
    assert!(String::options().is_empty() && u8::options().is_empty());
}

#[test]
fn a_system_time_is_a_date_in_milliseconds() {
    table!(Date:
        UNIX_EPOCH => "0",
        UNIX_EPOCH + Duration::from_millis(1_785_585_600_123) => "1785585600123",
        UNIX_EPOCH - Duration::from_millis(1) => "-1",
        UNIX_EPOCH - Duration::from_nanos(1) => "-1",
    );
}

#[test]
fn options_and_pointers_are_what_they_hold() {
    table!(Number: Some(7) => "7", &7 => "7", &&7 => "7", Box::new(7) => "7", Rc::new(7) => "7", Arc::new(7) => "7",
        Some(Some(7)) => "7", &Some(&7) => "7", Cow::Owned::<u8>(7) => "7");
    assert_eq!(text(&mut 7), (TokenType::Number, Some("7".into())));
    assert_eq!(text(None::<u8>), (TokenType::Number, None));
    assert_eq!(text(Some(None::<String>)), (TokenType::String, None));
    assert_eq!(text(&None::<SystemTime>), (TokenType::Date, None));
}

#[test]
fn jiff() {
    use jiff::civil::date;
    use jiff::{Timestamp, tz::TimeZone};
    let moment: Timestamp = "2026-08-01T12:00:00.123456Z".parse().expect("a moment");
    let before: Timestamp = "1969-12-31T23:59:59.9999Z".parse().expect("a moment");
    table!(Date:
        moment => "1785585600123", before => "-1", moment.to_zoned_datetime(TimeZone::UTC) => "1785585600123",
        date(2026, 8, 1) => "1785542400000", date(1969, 12, 31) => "-86400000",
        Timestamp::MIN => Timestamp::MIN.as_nanosecond().div_euclid(1_000_000),
    );
}

#[test]
fn chrono() {
    use chrono::{DateTime, NaiveDate, Utc};
    let moment: DateTime<Utc> = "2026-08-01T12:00:00.123456Z".parse().expect("a moment");
    let offset = DateTime::parse_from_rfc3339("2026-08-01T14:00:00.123+02:00").expect("a moment");
    let before: DateTime<Utc> = "1969-12-31T23:59:59.9999Z".parse().expect("a moment");
    let day = NaiveDate::from_ymd_opt(2026, 8, 1).expect("a day");
    table!(Date: moment => "1785585600123", offset => "1785585600123", before => "-1", day => "1785542400000");
}

#[test]
fn time() {
    use time::{Date, Month, OffsetDateTime, UtcDateTime};
    let nanoseconds = 1_785_585_600_123_456_789;
    let moment = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).expect("a moment");
    let utc = UtcDateTime::from_unix_timestamp_nanos(nanoseconds).expect("a moment");
    let before = UtcDateTime::from_unix_timestamp_nanos(-1).expect("a moment");
    let day = Date::from_calendar_date(2026, Month::August, 1).expect("a day");
    table!(Date: moment => "1785585600123", utc => "1785585600123", before => "-1", day => "1785542400000");
}

#[test]
fn uuid() {
    let id = uuid::Uuid::from_u128(0xa1a2_a3a4_b1b2_c1c2_d1d2_d3d4_d5d6_d7d8);
    table!(String: id => "a1a2a3a4-b1b2-c1c2-d1d2-d3d4d5d6d7d8");
}

#[test]
fn all_dates_can_be_timestamps() {
    fn is_date<T: DateValue>() {}
    is_date::<SystemTime>();
    is_date::<Option<&SystemTime>>();
    is_date::<jiff::Timestamp>();
    is_date::<jiff::ZonedDateTime>();
    is_date::<jiff::civil::Date>();
    is_date::<chrono::DateTime<chrono::Utc>>();
    is_date::<chrono::NaiveDate>();
    is_date::<time::OffsetDateTime>();
    is_date::<time::UtcDateTime>();
    is_date::<Box<time::Date>>();
}

#[test]
fn a_type_of_ones_own() {
    struct Cents(i64);
    impl TokenValue for Cents {
        const TYPE: TokenType = TokenType::Number;
        fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
            match self.0 {
                0.. => Ok(Token::number(self.0)),
                _ => Err(InvalidToken::new("is a debt")),
            }
        }
    }
    table!(Number: Cents(5) => "5", Some(&Cents(5)) => "5");
    assert_eq!(
        Cents(-1).to_token().expect_err("a debt").to_string(),
        "is a debt"
    );
}

#[test]
fn a_token_shows_no_value() {
    assert_eq!(
        format!("{:?}", "canary".to_token().expect("a token")),
        "Token(..)"
    );
}
