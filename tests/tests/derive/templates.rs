//! The template as code: name, header, detail, labels, properties, and the types of tokens.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json as value};
use timeline_core::{TimelineEvent, TimelineFields, TokenEnum};

use crate::{json, refusal, template, tokens};

/// The template as HubSpot would be asked to create it.
fn definition<E: TimelineEvent>() -> Value {
    let [template] = &E::templates()[..] else {
        panic!("one template");
    };
    serde_json::to_value(template).expect("JSON")
}

#[test]
fn a_complete_definition() {
    #[derive(TokenEnum)]
    #[timeline(rename_all = "lowercase")]
    enum Species {
        Dog,
        #[timeline(label = "House cat")]
        Cat,
    }

    #[derive(TimelineFields)]
    struct Shelter {
        #[timeline(token = "shelter.city", property = "city")]
        city: &'static str,
    }

    #[derive(TimelineEvent)]
    #[timeline(
        template_id = "1001298",
        name = "Pet found a home",
        object_type = "2-3308615",
        header = "{{petName}} ({{species}}) left {{shelter.city}}",
        detail = "Adopted {{#formatDate adoptedAt}}{{/formatDate}} at {{age}}.\n\n\
                  {{#if isVaccinated}}:check: vaccinated{{/if}}\n\
                  {{#each extraData.notes}}- {{this}}\n{{/each}}",
        rename_all = "camelCase"
    )]
    struct PetAdopted {
        #[timeline(object_id)]
        owner: u64,
        #[timeline(label = "Name", property = "pet_name")]
        pet_name: String,
        species: Species,
        #[timeline(flatten)]
        shelter: Shelter,
        #[timeline(timestamp, token = "adoptedAt", label = "Adopted on")]
        at: SystemTime,
        age: Option<f32>,
        is_vaccinated: bool,
        #[timeline(extra_data)]
        notes: Notes,
    }

    #[derive(serde::Serialize)]
    struct Notes {
        notes: Vec<&'static str>,
    }

    let event = PetAdopted {
        owner: 5,
        pet_name: "Rex".to_owned(),
        species: Species::Cat,
        shelter: Shelter { city: "Paris" },
        at: UNIX_EPOCH + Duration::from_secs(1),
        age: Some(0.5),
        is_vaccinated: true,
        notes: Notes { notes: vec!["shy"] },
    };
    assert!(matches!(Species::Dog, Species::Dog));
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"1001298","objectId":"5","timestamp":"1970-01-01T00:00:01.000Z","tokens":{"petName":"Rex","species":"cat","shelter.city":"Paris","adoptedAt":"1000","age":"0.5","isVaccinated":"true"},"extraData":{"notes":["shy"]}}"#
    );
    assert_eq!(
        definition::<PetAdopted>(),
        value!({
            "name": "Pet found a home",
            "objectType": "2-3308615",
            "headerTemplate": "{{petName}} ({{species}}) left {{shelter.city}}",
            "detailTemplate": "Adopted {{#formatDate adoptedAt}}{{/formatDate}} at {{age}}.\n\n{{#if isVaccinated}}:check: vaccinated{{/if}}\n{{#each extraData.notes}}- {{this}}\n{{/each}}",
            "tokens": [
                {"name": "petName", "label": "Name", "type": "string", "options": [], "objectPropertyName": "pet_name"},
                {"name": "species", "label": "Species", "type": "enumeration", "options": [
                    {"label": "Dog", "value": "dog"},
                    {"label": "House cat", "value": "cat"},
                ]},
                {"name": "shelter.city", "label": "City", "type": "string", "options": [], "objectPropertyName": "city"},
                {"name": "adoptedAt", "label": "Adopted on", "type": "date", "options": []},
                {"name": "age", "label": "Age", "type": "number", "options": []},
                {"name": "isVaccinated", "label": "Is vaccinated", "type": "enumeration", "options": [
                    {"label": "True", "value": "true"},
                    {"label": "False", "value": "false"},
                ]},
            ],
        })
    );
}

#[test]
fn a_header_or_a_detail_alone() {
    #[derive(TimelineEvent)]
    #[timeline(template = "Visit", header = "Saw {{page}}")]
    struct Header {
        #[timeline(utk)]
        cookie: &'static str,
        page: &'static str,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", detail = r#"{{page}} is "here""#)]
    struct Detail {
        #[timeline(utk)]
        cookie: &'static str,
        page: &'static str,
    }

    let (cookie, page) = ("c0ffee", "/home");
    assert!(Header { cookie, page }.event_input().is_ok());
    assert!(Detail { cookie, page }.event_input().is_ok());
    assert_eq!(
        template::<Header>(),
        r#"{"name":"Visit","objectType":"contacts","headerTemplate":"Saw {{page}}","tokens":[{"name":"page","label":"Page","type":"string","options":[]}]}"#
    );
    assert_eq!(
        template::<Detail>(),
        r#"{"name":"Detail","objectType":"contacts","detailTemplate":"{{page}} is \"here\"","tokens":[{"name":"page","label":"Page","type":"string","options":[]}]}"#
    );
}

#[test]
fn a_header_may_use_what_hubspot_knows_and_the_tokens_of_roles() {
    #[derive(TimelineEvent)]
    #[timeline(
        template_id = "7",
        header = "{{mail}}: {{r.o-w_1}} at {{timestamp}}",
        detail = "{{#formatDate timestamp}}{{/formatDate}} {{#if mail}}{{mail}}{{else}}-{{/if}} \\{{escaped}}"
    )]
    struct Visit {
        #[timeline(email, token = "mail")]
        who: &'static str,
        #[timeline(token = "r.o-w_1")]
        row: u8,
    }

    assert_eq!(
        json(&Visit {
            who: "a@b.c",
            row: 1
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"mail":"a@b.c","r.o-w_1":"1"}}"#
    );
    assert_eq!(
        definition::<Visit>()["headerTemplate"],
        "{{mail}}: {{r.o-w_1}} at {{timestamp}}"
    );
}

/// The token type that a Rust type has, and the one that `type` gives instead.
#[derive(TimelineEvent)]
#[timeline(template_id = "7")]
struct Typed {
    #[timeline(email)]
    who: &'static str,
    #[timeline(type = "number")]
    number: String,
    #[timeline(type = "date")]
    date: u64,
    #[timeline(type = "string", label = "A text", property = "text")]
    text: bool,
    #[timeline(type = "enumeration")]
    choice: &'static str,
    #[timeline(type = "enumeration")]
    kept: Option<bool>,
    #[timeline(type = "date", token = "on")]
    maybe: Option<String>,
    #[timeline(type = "number", with = "String::as_str")]
    made: String,
    #[timeline(type = "number")]
    moment: SystemTime,
    #[timeline(type = "number")]
    same: u8,
}

fn typed() -> Typed {
    Typed {
        who: "a@b.c",
        number: "-12.50".to_owned(),
        date: 1_785_585_600_000,
        text: true,
        choice: "red",
        kept: Some(false),
        maybe: Some("-1".to_owned()),
        made: "7".to_owned(),
        moment: UNIX_EPOCH,
        same: 1,
    }
}

#[test]
fn a_type_of_the_users_choice_is_declared() {
    assert_eq!(
        json(&typed()),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"number":"-12.50","date":"1785585600000","text":"true","choice":"red","kept":"false","on":"-1","made":"7","moment":"0","same":"1"}}"#
    );
    assert_eq!(
        tokens::<Typed>(),
        [
            "number: Number (number)",
            "date: Date (date)",
            "text: A text (string) -> text",
            "choice: Choice (enumeration)",
            "kept: Kept (enumeration)",
            "on: Maybe (date)",
            "made: Made (number)",
            "moment: Moment (number)",
            "same: Same (number)"
        ]
    );
    // An enumeration keeps the options that the Rust type has; nothing else has any.
    let with_options: Vec<(String, usize)> = Typed::templates()
        .into_iter()
        .flat_map(|template| template.tokens)
        .filter(|token| !token.options.is_empty())
        .map(|token| (token.name, token.options.len()))
        .collect();
    assert_eq!(with_options, [("kept".to_owned(), 2)]);
}

#[test]
fn a_value_of_another_type_names_the_token_and_quotes_nothing() {
    let not_a_number =
        "is not a number, which its `type` says it is: expected digits, as in `-12.5`";
    let not_a_date = "is not a date, which its `type` says it is: expected milliseconds since 1970";
    for number in ["", "secret", "1e3", "+1", "1,5", " 1", "NaN"] {
        let event = Typed {
            number: number.to_owned(),
            ..typed()
        };
        assert_eq!(refusal(&event), format!("token `number` {not_a_number}"));
    }
    for made in ["", "secret"] {
        let event = Typed {
            made: made.to_owned(),
            ..typed()
        };
        assert_eq!(refusal(&event), format!("token `made` {not_a_number}"));
    }
    for on in ["", "2026-08-01", "1.5", "9223372036854775808"] {
        let event = Typed {
            maybe: Some(on.to_owned()),
            ..typed()
        };
        assert_eq!(refusal(&event), format!("token `on` {not_a_date}"));
    }
    let too_far = Typed {
        date: u64::MAX,
        ..typed()
    };
    assert_eq!(refusal(&too_far), format!("token `date` {not_a_date}"));
    let empty = Typed {
        choice: "",
        ..typed()
    };
    assert_eq!(
        refusal(&empty),
        "token `choice` is empty, which no option of an enumeration is"
    );
    let error = too_far.event_input().expect_err("a bad event");
    assert_eq!(error.token(), Some("date"));
}

#[test]
fn what_is_absent_fits_every_type() {
    let absent = Typed {
        kept: None,
        maybe: None,
        ..typed()
    };
    assert_eq!(
        json(&absent),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"number":"-12.50","date":"1785585600000","text":"true","choice":"red","made":"7","moment":"0","same":"1"}}"#
    );
}

#[test]
fn a_field_with_a_role_keeps_its_text_there() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Order {
        #[timeline(id, token = "number", type = "number")]
        number: String,
        #[timeline(object_id, token = "contact", type = "string")]
        contact: u64,
        #[timeline(timestamp, token = "at", type = "number")]
        at: SystemTime,
    }

    let order = |number: &str| Order {
        number: number.to_owned(),
        contact: 5,
        at: UNIX_EPOCH + Duration::from_secs(1),
    };
    assert_eq!(
        json(&order("17")),
        r#"{"eventTemplateId":"7","id":"17","objectId":"5","timestamp":"1970-01-01T00:00:01.000Z","tokens":{"number":"17","contact":"5","at":"1000"}}"#
    );
    assert_eq!(
        tokens::<Order>(),
        [
            "number: Number (number)",
            "contact: Contact (string)",
            "at: At (number)"
        ]
    );
    assert_eq!(
        refusal(&order("A-17")),
        "token `number` is not a number, which its `type` says it is: expected digits, as in `-12.5`"
    );
}

#[test]
fn in_generic_types_and_in_variants() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", name = "Paid")]
    enum Paid<T, U> {
        Once {
            #[timeline(email)]
            who: &'static str,
            #[timeline(type = "number")]
            amount: T,
        },
        #[timeline(template_id = "8")]
        Often(
            #[timeline(email)] &'static str,
            #[timeline(token = "last", type = "date")] U,
        ),
    }

    let who = "a@b.c";
    assert!(json(&Paid::<_, u8>::Once { who, amount: "5" }).contains(r#""amount":"5""#));
    assert!(json(&Paid::<u8, _>::Often(who, 5)).contains(r#""last":"5""#));
    let texts: [Paid<&str, bool>; 2] = [Paid::Once { who, amount: "x" }, Paid::Often(who, true)];
    assert_eq!(
        texts.map(|event| refusal(&event)),
        [
            "token `amount` is not a number, which its `type` says it is: expected digits, as in `-12.5`",
            "token `last` is not a date, which its `type` says it is: expected milliseconds since 1970",
        ]
    );
    // A `bool` as a date has no options left.
    assert_eq!(
        crate::templates::<Paid<String, bool>>(),
        [
            r#"7 {"name":"Paid","objectType":"contacts","tokens":[{"name":"amount","label":"Amount","type":"number","options":[]}]}"#,
            r#"8 {"name":"Paid","objectType":"contacts","tokens":[{"name":"last","label":"Last","type":"date","options":[]}]}"#,
        ]
    );
}

#[test]
fn hubspots_own_words_and_its_way_of_writing_an_index() {
    #[derive(TimelineEvent)]
    #[timeline(
        template_id = "7",
        header = "{{id}} on {{objectType}} at {{timestamp}}",
        detail = "{{extraData[1]}} {{extraData.lines[0].name}} {{#each extraData[2]}}{{sizes[0]}}{{/each}}"
    )]
    struct Ordered {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(extra_data)]
        lines: [u8; 2],
    }

    // A field with that name that is the event's id is the same as HubSpot's word.
    #[derive(TimelineEvent)]
    #[timeline(template_id = "8", header = "{{id}}")]
    struct Identified {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(id)]
        id: u8,
    }

    let owner = "a@b.c";
    assert_eq!(
        json(&Ordered {
            owner,
            lines: [1, 2]
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{},"extraData":[1,2]}"#
    );
    assert_eq!(
        json(&Identified { owner, id: 3 }),
        r#"{"eventTemplateId":"8","id":"3","email":"a@b.c","tokens":{}}"#
    );
}

/// Single braces are text if they do not hold a token in Rust's way of writing.
#[test]
fn other_single_braces_are_text() {
    #[derive(TimelineEvent)]
    #[timeline(
        template_id = "7",
        detail = "{ } {note: read it} {a b} {\"a\": 1} {unknown}"
    )]
    struct Noted {
        #[timeline(email)]
        owner: &'static str,
        name: &'static str,
    }

    assert_eq!(
        json(&Noted {
            owner: "a@b.c",
            name: "Rex"
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"name":"Rex"}}"#
    );
}

/// An enumeration can be declared as a number or a date if one of its values is one.
#[test]
fn a_type_that_some_value_fits() {
    #[derive(TokenEnum)]
    enum Stars {
        #[timeline(value = "1")]
        One,
        Many,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Rated {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(type = "number")]
        stars: Option<Stars>,
        #[timeline(type = "date")]
        since: Stars,
        #[timeline(type = "number")]
        at: SystemTime,
        #[timeline(type = "string")]
        public: bool,
    }

    let rated = |since| Rated {
        owner: "a@b.c",
        stars: Some(Stars::One),
        since,
        at: UNIX_EPOCH,
        public: true,
    };
    assert_eq!(
        json(&rated(Stars::One)),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"stars":"1","since":"1","at":"0","public":"true"}}"#
    );
    assert_eq!(
        refusal(&rated(Stars::Many)),
        "token `since` is not a date, which its `type` says it is: expected milliseconds since 1970"
    );
}
