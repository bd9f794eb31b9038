//! What app events call a type's template and its custom object.

use timeline_core::{EventTemplate, TimelineEvent};

use crate::json;

#[derive(TimelineEvent)]
#[timeline(type_name = "pet_adopted")]
struct Alone {
    #[timeline(email)]
    owner: &'static str,
    name: &'static str,
}

#[derive(TimelineEvent)]
#[timeline(
    template = "Car sold",
    type_name = "car_sold",
    object_type = "2-3308615",
    object_type_name = "p62515_car"
)]
struct Both {
    #[timeline(object_id)]
    car: u64,
}

#[test]
fn a_type_name_alone_has_no_template() {
    let event = Alone {
        owner: "ada@example.com",
        name: "Rex",
    };
    let input = event.event_input().expect("a good event");
    assert_eq!(input.get_type_name(), Some("pet_adopted"));
    assert_eq!((input.template_id(), input.template_name()), (None, None));
    assert_eq!(
        json(&event),
        r#"{"email":"ada@example.com","tokens":{"name":"Rex"}}"#
    );
    let templates = Alone::templates();
    let [template] = &templates[..] else {
        panic!("one template: {templates:?}");
    };
    assert_eq!(template.type_name(), Some("pet_adopted"));
    assert_eq!((template.id(), &*template.name), (None, "Alone"));
}

#[test]
fn a_type_name_beside_a_template() {
    let input_of = Both { car: 7 };
    let input = input_of.event_input().expect("a good event");
    assert_eq!(input.get_type_name(), Some("car_sold"));
    assert_eq!(input.template_name(), Some("Car sold"));
    assert_eq!(Both::templates()[0].type_name(), Some("car_sold"));
    // HubSpot's JSON of a template has no such key.
    let json = serde_json::to_string(&Both::templates()).expect("JSON");
    assert!(!json.contains("car_sold"), "{json}");
}

#[derive(TimelineEvent)]
#[timeline(object_type = "deals")]
enum Many {
    #[timeline(type_name = "won")]
    Won {
        #[timeline(object_id)]
        deal: u64,
    },
    #[timeline(template_id = "7", type_name = "lost")]
    Lost {
        #[timeline(object_id)]
        deal: u64,
    },
}

#[test]
fn variants_have_types_of_their_own() {
    let name = |event: &Many| {
        let input = event.event_input().expect("a good event");
        input.get_type_name().map(str::to_owned)
    };
    assert_eq!(name(&Many::Won { deal: 1 }).as_deref(), Some("won"));
    assert_eq!(name(&Many::Lost { deal: 1 }).as_deref(), Some("lost"));
    let templates = Many::templates();
    let names = templates.iter().map(EventTemplate::type_name);
    assert!(names.eq([Some("won"), Some("lost")]), "{templates:?}");
}
