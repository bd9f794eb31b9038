//! Tests of the rules that both the derive and `timeline_core` have. A derive cannot call the crate that re-exports it, so
//! each rule is there twice.
//!
//! This program has the derive's sources as its own modules, because a proc macro crate shows nothing but its macros. It is
//! no unit test of the derive: a published derive has no `timeline_core` to be compared with.

#![allow(clippy::expect_used)]

extern crate proc_macro;

macro_rules! sources {
    ($($name:ident $path:literal)*) => {
        $(
            #[allow(dead_code, unused_imports)]
            #[path = $path]
            mod $name;
        )*
    };
}

sources! {
    assertion "../src/assertion.rs"
    case "../src/case.rs"
    check "../src/check/mod.rs"
    doubt "../src/doubt.rs"
    errors "../src/errors.rs"
    expand "../src/expand/mod.rs"
    handlebars "../src/handlebars/mod.rs"
    manifest "../src/manifest/mod.rs"
    model "../src/model.rs"
    parse "../src/parse/mod.rs"
    pattern "../src/pattern.rs"
    plan "../src/plan.rs"
    role "../src/role.rs"
    rust_type "../src/rust_type.rs"
    suggest "../src/suggest.rs"
    token_enum "../src/token_enum.rs"
}

use timeline_core::__private::{self as core, Assertion, PartToken, Parts};
use timeline_core::{
    EventDefinition, EventInput, EventTemplate, ObjectType, TimelineEvent, Token, TokenDefinition,
    TokenType, limits,
};

use crate::check::flattened::TOKENS_PER_TEMPLATE;
use crate::check::{names, shape};
use crate::parse::value::{OBJECT_TYPES, TOKEN_TYPES, is_type_id};
use crate::pattern::EVENT_ID_BYTES;
use crate::suggest::nearest;
use crate::token_enum::{is_date, is_number};

fn main() {
    limits_are_the_same();
    the_same_names_are_reserved();
    an_id_is_refused_by_both_or_by_none();
    a_tokens_name_is_refused_by_both_or_by_none();
    object_types_have_the_same_names();
    token_types_have_the_same_names();
    a_text_fits_a_type_for_both_or_for_none();
    a_templates_id_is_refused_by_both_or_by_none();
    both_find_the_same_word_near();
}

fn limits_are_the_same() {
    assert_eq!(TOKENS_PER_TEMPLATE, limits::TOKENS_PER_TEMPLATE);
    assert_eq!(EVENT_ID_BYTES, limits::EVENT_ID_BYTES);
    let of_event_types = [shape::NAME, shape::HEADER, shape::DETAIL];
    let by_core = [
        limits::EVENT_TYPE_NAME,
        limits::EVENT_TYPE_HEADER,
        limits::EVENT_TYPE_DETAIL,
    ];
    assert_eq!(of_event_types, by_core);
}

fn the_same_names_are_reserved() {
    let definition = |name: &str| {
        let token = TokenDefinition::new::<str>("a", "a").expect("a good name");
        let template = EventTemplate::new("A", ObjectType::Contacts).token(token);
        let definition = template.to_definition("a").expect("a good template");
        let json = serde_json::to_string(&definition).expect("it serializes");
        let json = json.replace(r#""name":"a""#, &format!(r#""name":"{name}""#));
        serde_json::from_str::<EventDefinition>(&json).expect("a definition")
    };
    for name in names::RESERVED {
        // The names that Handlebars has itself are refused.
        if ["log", "lookup"].contains(&name) {
            continue;
        }
        assert_eq!(definition(name).reserved().count(), 1, "{name}");
    }
    for name in ["a", "Id", "object_id", "time"] {
        assert_eq!(definition(name).reserved().count(), 0, "{name}");
        assert!(!names::RESERVED.contains(&name), "{name}");
    }
}

fn an_id_is_refused_by_both_or_by_none() {
    let takes = |id: &str| {
        let input = EventInput::new("1").email("a@b.c").id(id);
        input.event_input().is_ok()
    };
    let fitting = "x".repeat(limits::EVENT_ID_BYTES - 1);
    for (text, expected) in [
        ("order-", true),
        (&*fitting, true),
        (&*format!("{fitting}x"), false),
        ("{{uuid}}-", false),
    ] {
        let (_, mistakes) = pattern::read(&(text.to_owned() + "{a}"));
        // The field has one letter.
        assert_eq!(mistakes.is_empty(), expected, "{text}: {mistakes:?}");
        assert_eq!(takes(&format!("{text}1")), expected, "{text}");
    }
}

fn a_tokens_name_is_refused_by_both_or_by_none() {
    let takes = |name: &str| {
        let input = EventInput::new("1").email("a@b.c").token(name, 1);
        input.event_input().is_ok()
    };
    let mut names: Vec<String> = (0..0x250_u32)
        .filter_map(char::from_u32)
        .map(|c| format!("a{c}b"))
        .collect();
    let others = [
        "", " ", "a", "9", ".", "-", "_", "log", "lookup", "Log", "LOOKUP", "logs", "a.b-c_d",
        "größe", "{{a}}", "\u{200b}", "日付",
    ];
    names.extend(others.map(str::to_owned));
    let mut refused = 0;
    for name in names {
        let by_derive = names::refused(&name).is_some();
        assert_eq!(by_derive, !takes(&name), "{name:?}");
        refused += usize::from(by_derive);
    }
    assert!(refused > 500, "{refused} of the names are refused");
}

fn object_types_have_the_same_names() {
    for name in OBJECT_TYPES {
        let known = ObjectType::from(name);
        assert!(!matches!(known, ObjectType::Custom(_)), "{name}");
        assert_eq!(known.to_string(), name);
    }
    for name in ["2-3308615", "0-1"] {
        assert!(is_type_id(name), "{name}");
        assert!(
            matches!(ObjectType::from(name), ObjectType::Custom(_)),
            "{name}"
        );
    }
}

fn token_types_have_the_same_names() {
    let all = [
        TokenType::String,
        TokenType::Number,
        TokenType::Enumeration,
        TokenType::Date,
    ];
    assert_eq!(all.map(|token_type| token_type.to_string()), TOKEN_TYPES);
}

/// Which texts `#[timeline(type = "…")]` takes. The derive checks the values of a `TokenEnum` by the same rule.
fn a_text_fits_a_type_for_both_or_for_none() {
    let takes = |text: &str, token_type| {
        let mut input = EventInput::new("1").email("a@b.c");
        core::typed(&mut input, "t", token_type, Ok(Token::text(text)));
        input.event_input().is_ok()
    };
    for text in [
        "",
        "0",
        "-0",
        "+1",
        "-1",
        "1.5",
        "-1.5",
        "1.",
        ".5",
        "1e3",
        "1,5",
        " 1",
        "1 ",
        "true",
        "free",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "0x10",
        "1_000",
        "--1",
        "-",
        "٣",
    ] {
        assert_eq!(is_number(text), takes(text, TokenType::Number), "{text:?}");
        assert_eq!(is_date(text), takes(text, TokenType::Date), "{text:?}");
    }
}

/// The derive checks an id that is a literal, and `timeline_core` one that is a constant.
fn a_templates_id_is_refused_by_both_or_by_none() {
    let takes = |item: &syn::DeriveInput| {
        let (plan, mistakes) = errors::collect(|errors| {
            let model = model::Event::read(item, errors)?;
            check::event(model, errors)
        });
        plan.is_some() && mistakes.is_none()
    };
    for id in [
        "",
        " ",
        "1001298",
        "pet-adopted",
        " 1001298",
        "1001298\n",
        "10 01",
        "1_001_298",
        "_1",
        "a_b",
        "{{uuid}}",
        "{id}",
        "1\u{a0}",
        "1\u{200b}",
        "é",
        "1.5",
        "+1",
        "a/b",
    ] {
        let item =
            format!("#[timeline(template_id = {id:?})] struct E {{ #[timeline(email)] e: S }}");
        let by_derive = !takes(&syn::parse_str(&item).expect("an item"));
        let by_core = !matches!(Assertion::template_id(id), Assertion::Holds);
        assert_eq!(by_derive, by_core, "{id:?}");
    }
}

fn both_find_the_same_word_near() {
    let names = ["price", "planName", "first_page", "id"];
    let tokens = names.map(|name| PartToken::new(name, None));
    let parts = Parts {
        tokens: &tokens,
        ..Parts::NONE
    };
    for word in [
        "prise",
        "pirce",
        "PRICE",
        "plan_name",
        "plan-name",
        "planNam",
        "plannnName",
        "firstPage",
        "fistPage",
        "x",
        "",
        "di",
        "colour",
    ] {
        let by_core = match Assertion::any_token(&[&parts], word, "", "") {
            Assertion::BrokenBy([_, _, near, ..]) if !near.is_empty() => Some(near),
            _ => None,
        };
        assert_eq!(nearest(word, names), by_core, "{word}");
    }
}
