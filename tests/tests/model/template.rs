//! Templates in the shape of HubSpot's request to create one.

use std::time::SystemTime;

use timeline_core::{EventTemplate, ObjectType, TemplateIds, TokenDefinition};

#[test]
fn a_template_as_json() {
    let template = EventTemplate::new("Pet adopted", ObjectType::Contacts)
        .with_id("1001298")
        .token(
            TokenDefinition::new::<str>("petName", "Pet's name")
                .expect("a name")
                .property("pet_name"),
        )
        .token(TokenDefinition::new::<u32>("petAge", "Pet age").expect("a name"))
        .token(TokenDefinition::new::<bool>("chipped", "Chipped").expect("a name"))
        .token(TokenDefinition::new::<Option<SystemTime>>("born", "Born").expect("a name"));
    assert_eq!(template.id(), Some("1001298"));
    assert_eq!(
        serde_json::to_value(&template).expect("JSON"),
        serde_json::json!({
            "name": "Pet adopted",
            "objectType": "contacts",
            "tokens": [
                {"name": "petName", "label": "Pet's name", "type": "string", "options": [], "objectPropertyName": "pet_name"},
                {"name": "petAge", "label": "Pet age", "type": "number", "options": []},
                {"name": "chipped", "label": "Chipped", "type": "enumeration", "options": [
                    {"label": "True", "value": "true"}, {"label": "False", "value": "false"}]},
                {"name": "born", "label": "Born", "type": "date", "options": []},
            ],
        })
    );
}

#[test]
fn what_hubspot_answers_can_be_read() {
    let template: EventTemplate = serde_json::from_str(
        r#"{"id":"1001298","name":"Pet adopted","objectType":"2-3308615","headerTemplate":"{{petName}}",
            "createdAt":"2026-08-01T12:00:00Z","tokens":[{"name":"petName","label":"Name","type":"string","options":[]}]}"#,
    )
    .expect("a template");
    assert_eq!(template.id(), Some("1001298"));
    assert_eq!(template.object_type, ObjectType::Custom("2-3308615".into()));
    assert_eq!(template.header_template.as_deref(), Some("{{petName}}"));
    assert_eq!(template.tokens.len(), 1);
}

#[test]
fn a_token_name_that_hubspot_would_refuse() {
    let error = TokenDefinition::new::<str>("lookup", "Look up").expect_err("reserved");
    assert!(
        error
            .to_string()
            .contains("a token cannot be named `lookup`"),
        "{error}"
    );
}

#[test]
fn object_types() {
    for (name, object_type) in [
        ("contacts", ObjectType::Contacts),
        ("companies", ObjectType::Companies),
        ("deals", ObjectType::Deals),
        ("tickets", ObjectType::Tickets),
        ("2-3308615", ObjectType::Custom("2-3308615".into())),
    ] {
        assert_eq!(ObjectType::from(name), object_type);
        assert_eq!(object_type.to_string(), name);
        assert_eq!(serde_json::to_value(&object_type).expect("JSON"), name);
    }
}

#[test]
fn template_ids() {
    let mut ids: TemplateIds = [("Pet adopted", "1")].into_iter().collect();
    ids.extend([("Visited", "2")]);
    assert_eq!(ids.insert("Visited", "3").as_deref(), Some("2"));
    let ids = ids.with("Paid", "4");
    assert_eq!(
        (
            ids.get("Pet adopted"),
            ids.get("Visited"),
            ids.get("Paid"),
            ids.get("?")
        ),
        (Some("1"), Some("3"), Some("4"), None)
    );
    let json = r#"{"Paid":"4","Pet adopted":"1","Visited":"3"}"#;
    assert_eq!(serde_json::to_string(&ids).expect("JSON"), json);
    assert_eq!(serde_json::from_str::<TemplateIds>(json).expect("ids"), ids);
}
