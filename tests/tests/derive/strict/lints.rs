//! Enums, shared fields and enumeration tokens under strict lints.

// These are about the test's own functions, which take references since `with` gives them.
#![allow(clippy::missing_const_for_fn, clippy::trivially_copy_pass_by_ref)]

use timeline_core::TimelineEvent;

use crate::json;

/// Types as they would stand in a user's crate.
mod public {
    use std::borrow::Cow;
    use std::marker::PhantomData;

    use timeline_core::{TimelineEvent, TimelineFields, TokenEnum};

    /// What is paid for.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, TokenEnum)]
    #[timeline(rename_all = "snake_case")]
    #[non_exhaustive]
    pub(super) enum Plan {
        /// Nothing.
        Free,
        /// Something.
        #[timeline(value = "pro", label = "Professional")]
        ProPlan,
    }

    /// Who pays.
    #[derive(Clone, Debug, TimelineFields)]
    #[timeline(rename_all = "camelCase")]
    pub(super) struct Customer<'a, T> {
        /// The address.
        #[timeline(email)]
        pub(super) mail: Cow<'a, str>,
        /// The plan.
        pub(super) current_plan: T,
        #[timeline(skip)]
        unused: PhantomData<&'a T>,
    }

    impl<T> Customer<'_, T> {
        /// A new one.
        pub(super) const fn new(current_plan: T) -> Self {
            Self {
                mail: Cow::Borrowed("a@b.c"),
                current_plan,
                unused: PhantomData,
            }
        }
    }

    /// What happens.
    #[derive(Clone, Debug, TimelineEvent)]
    #[timeline(
        template_id = "7",
        name = "Billing",
        id = "{number}",
        rename_all = "camelCase"
    )]
    #[non_exhaustive]
    pub(super) enum Billing<'a, T, const COUNT: usize> {
        /// A bill.
        #[timeline(header = "{{currentPlan}}", detail = "{{lineCount}}")]
        Sent {
            /// The number.
            #[timeline(skip)]
            number: u64,
            /// The customer.
            #[timeline(flatten)]
            customer: Customer<'a, T>,
            /// The lines.
            #[timeline(with = "<[u8]>::len")]
            line_count: [u8; COUNT],
        },
        /// A payment.
        #[timeline(template_id = "8", id = "{0}")]
        Paid(
            #[timeline(skip)] u64,
            #[timeline(object_id)] u64,
            #[timeline(skip)] PhantomData<T>,
        ),
        /// Something else.
        Other(Box<Billing2<'a>>),
    }

    /// Another one.
    #[derive(Clone, Debug, TimelineEvent)]
    #[timeline(template = "Billing 2")]
    pub(super) struct Billing2<'a> {
        /// The customer.
        #[timeline(flatten)]
        pub(super) customer: &'a Customer<'a, Plan>,
    }
}

#[test]
fn public_types_under_strict_lints() {
    use public::{Billing, Billing2, Customer, Plan};
    let sent = Billing::Sent {
        number: 1,
        customer: Customer::new(Plan::ProPlan),
        line_count: [0; 2],
    };
    assert_eq!(
        json(&sent),
        r#"{"eventTemplateId":"7","id":"1","email":"a@b.c","tokens":{"currentPlan":"pro","lineCount":"2"}}"#
    );
    let paid = Billing::<Plan, 2>::Paid(5, 6, std::marker::PhantomData);
    assert_eq!(
        json(&paid),
        r#"{"eventTemplateId":"8","id":"5","objectId":"6","tokens":{}}"#
    );
    let customer = Customer::new(Plan::Free);
    let inner = Billing2 {
        customer: &customer,
    };
    let other = Billing::<Plan, 2>::Other(Box::new(inner));
    let input = other.event_input().expect("a good event");
    let tokens: Vec<_> = input.tokens().collect();
    assert_eq!(tokens, [("currentPlan", "free".into())]);
}

mod old {
    use timeline_core::{TimelineEvent, TokenEnum};

    #[deprecated]
    #[derive(TokenEnum)]
    pub(super) enum Plan {
        Free,
    }

    #[deprecated]
    #[derive(TimelineEvent)]
    #[timeline(template_id = "5")]
    pub(super) struct Inner {
        #[timeline(email)]
        pub(super) mail: &'static str,
    }
}

#[test]
fn deprecated_types_variants_and_fields_warn_where_they_are_written_only() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", name = "Old")]
    enum Event {
        #[deprecated]
        Old {
            #[timeline(email)]
            #[deprecated]
            mail: &'static str,
            #[allow(deprecated)]
            plan: old::Plan,
        },
        #[deprecated]
        Inner(#[allow(deprecated)] old::Inner),
    }

    #[allow(deprecated)]
    let events = [
        Event::Old {
            mail: "a@b.c",
            plan: old::Plan::Free,
        },
        Event::Inner(old::Inner { mail: "b@b.c" }),
    ];
    assert_eq!(
        events.map(|event| json(&event)),
        [
            r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"plan":"Free"}}"#,
            r#"{"eventTemplateId":"5","email":"b@b.c","tokens":{}}"#,
        ]
    );
}

/// The assertions about a flattened type, and about the types in two variants of one template, name these types again.
mod asked {
    use timeline_core::{TimelineEvent, TimelineFields};

    use super::old;
    use crate::json;

    #[deprecated]
    #[derive(TimelineFields)]
    struct Shared {
        #[timeline(email)]
        mail: &'static str,
    }

    #[deprecated]
    #[derive(TimelineFields)]
    struct Second {
        #[timeline(token = "second")]
        #[deprecated]
        value: u8,
    }

    #[test]
    fn deprecated_types_that_the_compiler_is_asked_about_warn_where_they_are_written_only() {
        #[derive(TimelineEvent)]
        #[timeline(template_id = "7", name = "Old")]
        enum Event {
            Flat {
                #[timeline(flatten)]
                #[allow(deprecated, unused_parens)]
                shared: (Shared),
                #[timeline(flatten)]
                #[allow(deprecated)]
                second: Option<Second>,
            },
            // Parentheses come with a macro's `$ty:tt`.
            #[timeline(template_id = "8")]
            Plan {
                #[timeline(email)]
                mail: &'static str,
                #[allow(deprecated, unused_parens)]
                plan: (old::Plan),
            },
            #[timeline(template_id = "8")]
            Again {
                #[timeline(email)]
                mail: &'static str,
                #[allow(deprecated)]
                plan: Option<old::Plan>,
            },
        }

        let mail = "a@b.c";
        #[allow(deprecated)]
        let events = [
            Event::Flat {
                shared: Shared { mail },
                second: Some(Second { value: 2 }),
            },
            Event::Plan {
                mail,
                plan: old::Plan::Free,
            },
            Event::Again { mail, plan: None },
        ];
        assert_eq!(
            events.map(|event| json(&event)),
            [
                r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"second":"2"}}"#,
                r#"{"eventTemplateId":"8","email":"a@b.c","tokens":{"plan":"Free"}}"#,
                r#"{"eventTemplateId":"8","email":"a@b.c","tokens":{}}"#,
            ]
        );
    }
}
