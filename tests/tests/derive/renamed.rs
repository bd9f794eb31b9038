//! A crate that re-exports `timeline_core` and does not want its users to know.

/// What such a crate would look like.
mod toolkit {
    pub(crate) mod events {
        pub(crate) use timeline_core::*;
    }
}

#[test]
fn from_the_users_own_crate() {
    #[derive(crate::renamed::toolkit::events::TimelineEvent)]
    #[timeline(template_id = "7", crate = "crate::renamed::toolkit::events")]
    struct Event<T> {
        #[timeline(email)]
        owner: T,
        #[timeline(with = "str::len")]
        name: &'static str,
    }

    assert_eq!(
        crate::json(&Event {
            owner: "a@b.c",
            name: "Rex"
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"name":"3"}}"#
    );
}

#[test]
fn from_another_crate() {
    #[derive(timeline_core::TimelineEvent)]
    #[timeline(template_id = "7", crate = "::timeline_core")]
    struct Event {
        #[timeline(email)]
        owner: &'static str,
    }

    assert_eq!(
        crate::json(&Event { owner: "a@b.c" }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{}}"#
    );
}

#[test]
fn all_three_derives_from_the_users_own_crate() {
    use crate::renamed::toolkit::events::{TimelineEvent, TimelineFields, TokenEnum};

    #[derive(TokenEnum)]
    #[timeline(crate = "crate::renamed::toolkit::events", rename_all = "lowercase")]
    enum Plan {
        Free,
    }

    #[derive(TimelineFields)]
    #[timeline(crate = "crate::renamed::toolkit::events")]
    struct Customer<T> {
        #[timeline(email)]
        mail: T,
        plan: Plan,
    }

    #[derive(TimelineFields)]
    #[timeline(crate = "crate::renamed::toolkit::events")]
    struct Page {
        #[timeline(type = "number")]
        page: &'static str,
    }

    #[derive(TimelineEvent)]
    #[timeline(
        template_id = "7",
        id = "{n}",
        header = "{{plan}}",
        crate = "crate::renamed::toolkit::events"
    )]
    enum Event<T> {
        Own {
            #[timeline(skip)]
            n: u8,
            #[timeline(flatten)]
            customer: Customer<T>,
            #[timeline(flatten)]
            page: Page,
        },
        Inner(Box<Inner>),
    }

    #[derive(TimelineEvent)]
    #[timeline(template = "Inner", crate = "crate::renamed::toolkit::events")]
    struct Inner {
        #[timeline(key)]
        n: u8,
        #[timeline(object_id)]
        id: u8,
    }

    let own = Event::Own {
        n: 1,
        customer: Customer {
            mail: "a@b.c",
            plan: Plan::Free,
        },
        page: Page { page: "5" },
    };
    assert_eq!(
        crate::json(&own),
        r#"{"eventTemplateId":"7","id":"1","email":"a@b.c","tokens":{"plan":"free","page":"5"}}"#
    );
    let inner = Event::<&str>::Inner(Box::new(Inner { n: 1, id: 2 }));
    let input = inner.event_input().expect("a good event");
    assert_eq!(input.template_name(), Some("Inner"));
}
