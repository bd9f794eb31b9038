//! Previews of a type's own events.

use std::error::Error;

use timeline_core::{EventInput, InvalidEvent, Preview, PreviewErrorKind, TimelineEvent};

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1", header = "{{petName}} found a home")]
    Adopted {
        #[timeline(email)]
        owner: String,
        #[timeline(token = "petName")]
        name: String,
    },
    #[timeline(
        template = "Deal won",
        object_type = "deals",
        header = "Won for {{amount}}"
    )]
    Won {
        #[timeline(object_id)]
        deal: u64,
        amount: f64,
    },
    #[timeline(type_name = "visited", header = "Visited {{page}}")]
    Visited {
        #[timeline(email)]
        owner: String,
        page: String,
    },
}

#[test]
fn each_variant_has_its_own_template() {
    let owner = || "ada@example.com".to_owned();
    for (event, header) in [
        (
            Event::Adopted {
                owner: owner(),
                name: "Rex".to_owned(),
            },
            "Rex found a home",
        ),
        (
            Event::Won {
                deal: 7,
                amount: 12.5,
            },
            "Won for 12.5",
        ),
        (
            Event::Visited {
                owner: owner(),
                page: "/a".to_owned(),
            },
            "Visited /a",
        ),
    ] {
        let preview = Preview::of(&event).expect("a preview");
        assert_eq!(preview.header_text(), header);
        assert_eq!(preview.detail_html(), "");
    }
}

#[test]
fn what_has_no_preview() {
    let broken = Event::Adopted {
        owner: String::new(),
        name: "Rex".to_owned(),
    };
    let error = Preview::of(&broken).expect_err("an empty e-mail");
    assert_eq!(error.kind(), PreviewErrorKind::InvalidEvent);
    assert!(error.source().is_some_and(<dyn Error>::is::<InvalidEvent>));
    let by_hand = EventInput::new("1").email("ada@example.com");
    let error = Preview::of(&by_hand).expect_err("no template");
    assert_eq!(error.kind(), PreviewErrorKind::NoTemplate);
}

#[test]
fn extra_data_that_is_no_json_is_told() {
    let keys = std::collections::HashMap::from([((1, 2), "a tuple is no key of JSON")]);
    let event = EventInput::new("1")
        .email("ada@example.com")
        .extra_data(keys);
    let template = timeline_core::EventTemplate::new("A", timeline_core::ObjectType::Contacts);
    let error = Preview::render(&template, &event).expect_err("no JSON");
    assert_eq!(error.kind(), PreviewErrorKind::InvalidEvent);
    assert!(
        error
            .source()
            .is_some_and(<dyn Error>::is::<serde_json::Error>),
        "{error}"
    );
}
