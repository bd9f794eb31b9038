//! Lifetimes, type parameters, constants, bounds.

use std::borrow::Cow;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use timeline_core::{TimelineEvent, TimelineFields, TimelineIFrame, TokenValue};

use crate::{json, tokens};

/// Compiles only if `TimelineEvent` asks for nothing more.
fn is_event<E: TimelineEvent>(_: &E) {}

#[test]
fn lifetimes() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Borrowed<'a, 'b: 'a> {
        #[timeline(email)]
        owner: &'a str,
        name: Cow<'b, str>,
        age: &'a Option<&'b u8>,
    }

    let owner = String::from("a@b.c");
    let age = Some(&3);
    let event = Borrowed {
        owner: &owner,
        name: "Rex".into(),
        age: &age,
    };
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"name":"Rex","age":"3"}}"#
    );
}

#[test]
fn type_parameters_get_the_bounds_that_their_use_needs() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", object_type = "deals")]
    struct Generic<Id, At, T, D, F, S> {
        #[timeline(object_id)]
        id: Id,
        #[timeline(timestamp)]
        at: At,
        token: T,
        nested: Option<Box<T>>,
        #[timeline(extra_data)]
        data: D,
        #[timeline(iframe)]
        page: F,
        #[timeline(skip)]
        skipped: S,
        #[timeline(skip)]
        phantom: PhantomData<S>,
    }

    struct Nothing;

    let event = Generic {
        id: 1_u64,
        at: Some(UNIX_EPOCH),
        token: "x",
        nested: None,
        data: [1, 2],
        page: None::<TimelineIFrame<'_>>,
        skipped: Nothing,
        phantom: PhantomData,
    };
    is_event(&event);
    let (Nothing, PhantomData) = (&event.skipped, event.phantom);
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","objectId":"1","timestamp":"1970-01-01T00:00:00.000Z","tokens":{"token":"x"},"extraData":[1,2]}"#
    );
    assert_eq!(
        tokens::<Generic<u8, SystemTime, bool, (), TimelineIFrame<'static>, Nothing>>(),
        ["token: Token (enumeration)", "nested: Nested (enumeration)"]
    );
}

#[test]
fn a_field_with_a_function_asks_nothing_of_its_type() {
    fn count<T>(list: &[T]) -> usize {
        list.len()
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Listed<'a, T> {
        #[timeline(email)]
        owner: &'a str,
        #[timeline(with = "count")]
        list: Vec<T>,
        #[timeline(with = "<[T]>::len")]
        slice: &'a [T],
    }

    struct Nothing;

    let event = Listed {
        owner: "a@b.c",
        list: vec![Nothing],
        slice: &[],
    };
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"list":"1","slice":"0"}}"#
    );
}

#[test]
fn bounds_and_where_clauses_of_the_type_are_kept() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Kept<T: Debug + Clone, U>
    where
        U: Into<u64> + Copy,
        T: PartialEq,
    {
        #[timeline(email)]
        owner: &'static str,
        value: T,
        #[timeline(with = "wide")]
        wide: U,
    }

    fn wide<U: Into<u64> + Copy>(value: &U) -> u64 {
        (*value).into()
    }

    assert_eq!(
        json(&Kept {
            owner: "a@b.c",
            value: 1,
            wide: 2_u8
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"value":"1","wide":"2"}}"#
    );
}

#[test]
fn defaults_and_constants() {
    fn first<const N: usize>(list: &[u8; N]) -> Option<u8> {
        list.first().copied()
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Constant<T = String, const N: usize = 2, const FLAG: bool = true> {
        #[timeline(email)]
        owner: T,
        #[timeline(with = "first")]
        list: [u8; N],
        #[timeline(with = "first::<N>")]
        again: [u8; N],
    }

    let event: Constant = Constant {
        owner: "a@b.c".to_owned(),
        list: [1, 2],
        again: [3, 4],
    };
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"list":"1","again":"3"}}"#
    );
}

trait Shop {
    type Order;
    const ID: &'static str;
}

trait Pair<A, B> {
    const ID: &'static str;
}

impl<A, B> Pair<A, Vec<B>> for (A, B) {
    const ID: &'static str = "76";
}

struct Paris;

impl Shop for Paris {
    type Order = u16;
    const ID: &'static str = "75";
}

#[test]
fn associated_types_and_constants() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = S::ID)]
    struct Ordered<S: Shop> {
        #[timeline(email)]
        owner: &'static str,
        order: S::Order,
        qualified: Option<<S as Shop>::Order>,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = <(u8, u16) as Pair<u8, Vec<u16>>>::ID, name = "Two")]
    struct Paired {
        #[timeline(email)]
        owner: &'static str,
    }

    assert_eq!(
        json(&Paired { owner: "a@b.c" }),
        r#"{"eventTemplateId":"76","email":"a@b.c","tokens":{}}"#
    );
    assert_eq!(
        json(&Ordered::<Paris> {
            owner: "a@b.c",
            order: 5,
            qualified: Some(6)
        }),
        r#"{"eventTemplateId":"75","email":"a@b.c","tokens":{"order":"5","qualified":"6"}}"#
    );
}

#[test]
fn explicit_bounds_take_the_place_of_the_inferred_ones() {
    struct Wrapped<T>(T);

    impl<T: Copy + Into<u32>> TokenValue for Wrapped<T> {
        const TYPE: timeline_core::TokenType = timeline_core::TokenType::Number;

        fn to_token(&self) -> Result<timeline_core::Token<'_>, timeline_core::InvalidToken> {
            Ok(timeline_core::Token::number(self.0.into()))
        }
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", bound = "T: Copy + Into<u32>")]
    struct Bound<T> {
        #[timeline(email)]
        owner: &'static str,
        value: Wrapped<T>,
    }

    // No bound is asked for: a `u8` is a token as it is.
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", bound = "")]
    struct Unbound<T: Always> {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(with = "Always::number")]
        value: T,
    }

    trait Always {
        fn number(&self) -> u8;
    }

    impl Always for () {
        fn number(&self) -> u8 {
            9
        }
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", bound = "T: TokenValue, U: TokenValue + Debug,")]
    struct Several<T, U> {
        #[timeline(email)]
        owner: &'static str,
        t: Option<T>,
        u: U,
    }

    let owner = "a@b.c";
    assert_eq!(
        json(&Bound {
            owner,
            value: Wrapped(7_u8)
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"value":"7"}}"#
    );
    assert_eq!(
        json(&Unbound { owner, value: () }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"value":"9"}}"#
    );
    assert_eq!(
        json(&Several {
            owner,
            t: Some(1),
            u: 2
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"t":"1","u":"2"}}"#
    );
}

#[test]
fn an_unsized_last_field() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Tail<T: ?Sized> {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(extra_data)]
        tail: T,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct OfClause<T>
    where
        T: ?Sized,
    {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(extra_data)]
        tail: T,
    }

    let event: &Tail<[u8]> = &Tail {
        owner: "a@b.c",
        tail: [1, 2],
    };
    let of_clause: &OfClause<[u8]> = &OfClause {
        owner: "a@b.c",
        tail: [1, 2],
    };
    for input in [event.event_input(), of_clause.event_input()] {
        let input = input.expect("a good event");
        assert_eq!(
            serde_json::to_string(&input).expect("JSON"),
            r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{},"extraData":[1,2]}"#
        );
    }
}

/// The size of a field's type is not known although no parameter says so.
#[test]
fn an_unsized_last_field_without_an_unsized_parameter() {
    trait Kind {
        type Data: Serialize + Sync + ?Sized;
    }

    struct Small;

    impl Kind for Small {
        type Data = [u8; 2];
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", bound = "K: Kind")]
    struct Associated<K: Kind> {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(extra_data)]
        data: K::Data,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", bound = "K: Kind")]
    struct Qualified<K: Kind> {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(extra_data)]
        data: <K as Kind>::Data,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    #[allow(dead_code)]
    struct Slice {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(extra_data)]
        data: [u8],
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    #[allow(dead_code)]
    struct Text {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(extra_data)]
        data: str,
    }

    let associated = Associated::<Small> {
        owner: "a@b.c",
        data: [1, 2],
    };
    let qualified = Qualified::<Small> {
        owner: "a@b.c",
        data: [1, 2],
    };
    for input in [associated.event_input(), qualified.event_input()] {
        let input = input.expect("a good event");
        assert_eq!(
            serde_json::to_string(&input).expect("JSON"),
            r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{},"extraData":[1,2]}"#
        );
    }
}

/// The length is a name that is no parameter, so the bound is on the elements' type.
#[test]
fn arrays_of_a_parameter() {
    const LENGTH: usize = 2;

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Pair<T> {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(extra_data)]
        pair: [T; LENGTH],
    }

    fn event<T: Serialize + Sync>(pair: [T; LENGTH]) -> String {
        json(&Pair {
            owner: "a@b.c",
            pair,
        })
    }

    assert_eq!(
        event([1, 2]),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{},"extraData":[1,2]}"#
    );
}

#[test]
fn generic_events_go_through_generic_code() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Wrapper<T> {
        #[timeline(email)]
        owner: T,
        #[timeline(extra_data)]
        data: Vec<T>,
    }

    fn event<T: TokenValue + Serialize + Sync + Clone>(owner: T) -> String {
        json(&Wrapper {
            data: vec![owner.clone()],
            owner,
        })
    }

    assert_eq!(
        event("a@b.c"),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{},"extraData":["a@b.c"]}"#
    );
}

#[test]
fn enums() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    enum Generic<'a, Id, T: Debug, S, F, E, const COUNT: usize>
    where
        Id: Clone,
        [u8; COUNT]: Sized,
    {
        Struct {
            #[timeline(object_id)]
            id: Id,
            token: Option<&'a T>,
            #[timeline(skip)]
            skipped: S,
            #[timeline(with = "<[u8]>::len")]
            list: [u8; COUNT],
        },
        #[timeline(template_id = "8")]
        Tuple(
            #[timeline(email)] Cow<'a, str>,
            #[timeline(timestamp)] Option<SystemTime>,
            #[timeline(token = "t")] Box<T>,
            #[timeline(skip)] PhantomData<S>,
        ),
        #[timeline(template_id = "9")]
        Flat(#[timeline(flatten)] F, #[timeline(object_id)] u8),
        #[timeline(template_id = "10")]
        Data {
            #[timeline(object_id)]
            id: u8,
            #[timeline(extra_data)]
            data: &'a [Id],
        },
        Inner(E),
    }

    /// A type without any trait, so that only the needed bounds hold.
    struct Nothing;

    #[derive(TimelineFields)]
    struct Shared<T>(#[timeline(token = "shared")] T);

    #[derive(TimelineEvent)]
    #[timeline(template_id = "11")]
    struct Inner<'a>(#[timeline(email)] &'a str);

    type Event<'a> = Generic<'a, u64, char, Nothing, Shared<bool>, Inner<'a>, 2>;
    let events: [Event<'_>; 5] = [
        Generic::Struct {
            id: 1,
            token: Some(&'x'),
            skipped: Nothing,
            list: [0; 2],
        },
        Generic::Tuple("a@b.c".into(), None, Box::new('y'), PhantomData),
        Generic::Flat(Shared(true), 2),
        Generic::Data {
            id: 3,
            data: &[4, 5],
        },
        Generic::Inner(Inner("d@b.c")),
    ];
    let (Generic::Struct { skipped, .. }, Generic::Tuple(.., phantom)) = (&events[0], &events[1])
    else {
        panic!("the first two");
    };
    let (Nothing, PhantomData) = (skipped, phantom);
    assert_eq!(
        events.map(|event| json(&event)),
        [
            r#"{"eventTemplateId":"7","objectId":"1","tokens":{"token":"x","list":"2"}}"#,
            r#"{"eventTemplateId":"8","email":"a@b.c","tokens":{"t":"y"}}"#,
            r#"{"eventTemplateId":"9","objectId":"2","tokens":{"shared":"true"}}"#,
            r#"{"eventTemplateId":"10","objectId":"3","tokens":{},"extraData":[4,5]}"#,
            r#"{"eventTemplateId":"11","email":"d@b.c","tokens":{}}"#,
        ]
    );
    assert_eq!(
        tokens::<Event<'_>>(),
        [
            "token: Token (string)",
            "list: List (number)",
            "t: T (string)",
            "shared: Shared (enumeration)"
        ]
    );
}

#[test]
fn bounds_of_ones_own_on_enums_and_shared_fields() {
    #[derive(TimelineFields)]
    #[timeline(bound = "S: Shop, S::Order: TokenValue")]
    struct Shared<S: Shop> {
        order: S::Order,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = S::ID, bound = "S::Order: TokenValue")]
    enum Event<S: Shop> {
        Ordered {
            #[timeline(email)]
            owner: &'static str,
            #[timeline(flatten)]
            shared: Shared<S>,
        },
    }

    let shared = Shared { order: 5 };
    assert_eq!(
        json(&Event::<Paris>::Ordered {
            owner: "a@b.c",
            shared
        }),
        r#"{"eventTemplateId":"75","email":"a@b.c","tokens":{"order":"5"}}"#
    );
}
