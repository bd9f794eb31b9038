//! Definition files of app events, from templates and back.

use timeline_core::{EventDefinition, EventTemplate, ObjectType, TokenDefinition, limits};

fn template(object_type: ObjectType) -> EventTemplate {
    let token = |name: &str| TokenDefinition::new::<u32>(name, "A label").expect("a good name");
    let mut template = EventTemplate::new("Pet adopted", object_type)
        .with_id("7")
        .token(token("petAge").property("pet_age"))
        .token(TokenDefinition::new::<bool>("isShy", "Is shy").expect("a good name"));
    template.header_template = Some("{{petAge}}".to_owned());
    template
}

#[test]
fn the_whole_file() {
    let definition = template(ObjectType::Deals)
        .to_definition("pet_adopted")
        .expect("sound");
    let json: serde_json::Value = serde_json::to_value(&definition).expect("JSON");
    assert_eq!(
        json,
        serde_json::json!({
            "uid": "pet_adopted",
            "type": "app-event",
            "config": {
                "name": "Pet adopted",
                "objectType": "DEAL",
                "headerTemplate": "{{petAge}}",
                "properties": [
                    {"name": "petAge", "label": "A label", "type": "number", "options": []},
                    {"name": "isShy", "label": "Is shy", "type": "enumeration", "options": [
                        {"label": "True", "value": "true"}, {"label": "False", "value": "false"},
                    ]},
                ],
            },
        })
    );
    assert_eq!(definition.file_name(), "pet_adopted-hsmeta.json");
}

#[test]
fn there_and_back() {
    for object_type in [
        ObjectType::Contacts,
        ObjectType::Companies,
        ObjectType::Deals,
        ObjectType::Tickets,
    ] {
        let definition = template(object_type.clone())
            .to_definition("a")
            .expect("sound");
        let text = serde_json::to_string(&definition).expect("JSON");
        let read: EventDefinition = serde_json::from_str(&text).expect("a definition");
        assert_eq!(read, definition);
        let back = read.into_template();
        assert_eq!(
            (back.object_type.clone(), back.type_name()),
            (object_type, Some("a"))
        );
        assert_eq!(back.to_definition("a").expect("sound"), definition);
    }
    // Further keys of HubSpot's tools do no harm; an object type of another kind is kept.
    let text = r#"{"uid":"x","type":"app-event","x":1,"config":{"name":"X","objectType":"APP_OBJECT","y":[]}}"#;
    let read: EventDefinition = serde_json::from_str(text).expect("a definition");
    let custom = ObjectType::Custom("APP_OBJECT".to_owned());
    let template = read.clone().into_template();
    assert_eq!(template.object_type, custom);
    assert_eq!(template.to_definition("x").expect("sound"), read);
    for (text, says) in [
        (
            r#"{"config":{"name":"X","objectType":"DEAL"}}"#,
            "missing field `uid`",
        ),
        (r#"{"uid":"x"}"#, "missing field `config`"),
        (
            r#"{"uid":"x","type":"card","config":{"name":"X","objectType":"DEAL"}}"#,
            "unknown variant `card`",
        ),
        (
            r#"{"uid":"../../etc/x","config":{"name":"X","objectType":"DEAL"}}"#,
            "\"../../etc/x\" is no event type of app events: the uid",
        ),
        (
            r#"{"uid":"x","config":{"name":"","objectType":"DEAL","properties":[{"name":"log me","label":"","type":"date"},
                {"name":"a","label":"","type":"date"},{"name":"a","label":"","type":"date"}]}}"#,
            "\"x\" is no event type of app events: the name is empty; property: ",
        ),
    ] {
        let error = serde_json::from_str::<EventDefinition>(text).expect_err(text);
        assert!(error.to_string().starts_with(says), "{error}");
    }
}

/// Texts at the limit and over it; all mistakes are reported at once.
#[test]
fn what_hubspot_would_refuse() {
    let text = |characters: usize| "é".repeat(characters);
    let with = |name: usize, header: usize, detail: usize| {
        let mut template = EventTemplate::new(text(name), ObjectType::Contacts);
        template.header_template = Some(text(header));
        template.detail_template = Some(text(detail));
        template
    };
    let (name, header, detail) = (
        limits::EVENT_TYPE_NAME,
        limits::EVENT_TYPE_HEADER,
        limits::EVENT_TYPE_DETAIL,
    );
    assert_eq!((name, header, detail), (50, 1_000, 10_000));
    assert!(with(name, header, detail).to_definition("a").is_ok());
    let error = with(51, 1_001, 10_001)
        .to_definition("a b")
        .expect_err("too long");
    assert_eq!(
        error.to_string(),
        format!(
            "\"{}\" is no event type of app events: \
             the uid \"a b\" is also the file's name: it must have letters, digits, `_`, `-` and `.` only, and not begin with `.`; \
             the name has 51 characters, and app events allow 50: make it shorter; \
             the header has 1001 characters, and app events allow 1000: make it shorter; \
             the detail has 10001 characters, and app events allow 10000: make it shorter",
            text(51)
        )
    );
    assert!(with(0, 1, 1).to_definition("a").is_err());
    for uid in ["", "../a", "..", ".a", "a/b", "a\\b", "é"] {
        assert!(with(1, 1, 1).to_definition(uid).is_err(), "{uid:?}");
    }
    let custom = EventTemplate::new("Car", ObjectType::Custom("2-3308615".to_owned()));
    let error = custom.to_definition("car").expect_err("not written down");
    assert!(
        error.to_string().contains("custom object 2-3308615"),
        "{error}"
    );
}

#[test]
fn reserved_names_are_told_and_not_refused() {
    let token = |name: &str| TokenDefinition::new::<str>(name, name).expect("a good name");
    let template = EventTemplate::new("A", ObjectType::Contacts)
        .token(token("timestamp"))
        .token(token("page"))
        .token(token("portalId"));
    let definition = template.to_definition("a").expect("sound");
    assert!(definition.reserved().eq(["timestamp", "portalId"]));
}
