//! Events behind pointers and trait objects.

use std::sync::Arc;

use timeline_core::{EventInput, EventTemplate, TimelineEvent};

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Visit {
    #[timeline(email)]
    who: &'static str,
}

fn email<E: TimelineEvent>(event: E) -> String {
    let input = event.event_input().expect("a good event");
    input.get_email().expect("an e-mail").to_owned()
}

#[test]
fn a_pointer_to_an_event_is_an_event() {
    let visit = || Visit {
        who: "ada@example.com",
    };
    for email in [
        email(visit()),
        email(&visit()),
        email(&&visit()),
        email(&mut visit()),
        email(Box::new(visit())),
        email(Arc::new(visit())),
        email(Box::new(visit()) as Box<dyn TimelineEvent>),
        email(Box::new(visit()) as Box<dyn TimelineEvent + Send>),
        email(Box::new(visit()) as Box<dyn TimelineEvent + Sync>),
        email(Arc::new(visit()) as Arc<dyn TimelineEvent + Send + Sync>),
        email(&visit() as &dyn TimelineEvent),
        email(&mut visit() as &mut (dyn TimelineEvent + Send)),
        email(EventInput::new("1001298").email("ada@example.com")),
    ] {
        assert_eq!(email, "ada@example.com");
    }
}

#[test]
fn templates_are_those_of_the_type() {
    fn ids<E: TimelineEvent>() -> Vec<Option<String>> {
        let id = |template: EventTemplate| template.id().map(str::to_owned);
        E::templates().into_iter().map(id).collect()
    }
    let own = [Some("1001298".to_owned())];
    assert_eq!(ids::<Visit>(), own);
    assert_eq!(ids::<&Visit>(), own);
    assert_eq!(ids::<Box<Arc<Visit>>>(), own);
    assert!(ids::<EventInput<'_>>().is_empty());
    assert!(ids::<Box<dyn TimelineEvent>>().is_empty());
}

#[test]
fn inputs_can_cross_threads() {
    fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<EventInput<'_>>();
}
