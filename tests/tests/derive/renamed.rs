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
