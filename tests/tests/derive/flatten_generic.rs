//! Shared fields in generic types: what they bring is known only to the program that names the types, so a token that
//! is there twice is reported when an event is built.

use timeline_core::{TimelineEvent, TimelineFields, TokenValue};

use crate::{json, refusal, tokens};

#[derive(Clone, TimelineFields)]
struct Owner {
    #[timeline(email)]
    mail: &'static str,
    age: u8,
}

#[derive(Clone, TimelineFields)]
struct Pet {
    race: &'static str,
}

fn owner() -> Owner {
    Owner {
        mail: "a@b.c",
        age: 30,
    }
}

fn pet() -> Pet {
    Pet { race: "cat" }
}

#[test]
fn generic_shared_fields() {
    #[derive(TimelineFields)]
    struct Changed<'a, T, const COUNT: usize>
    where
        T: Clone,
    {
        before: T,
        after: Option<&'a T>,
        #[timeline(with = "<[u8]>::len")]
        tries: [u8; COUNT],
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", header = "{{before}} to {{after}} in {{tries}}")]
    struct Event<'a, T: Clone> {
        #[timeline(object_id)]
        id: u64,
        #[timeline(flatten)]
        changed: Changed<'a, T, 3>,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", header = "{{before}}")]
    struct Fixed {
        #[timeline(object_id)]
        id: u64,
        #[timeline(flatten)]
        changed: Changed<'static, bool, 0>,
    }

    assert_eq!(
        json(&Event {
            id: 1,
            changed: Changed {
                before: 5,
                after: Some(&6),
                tries: [0; 3]
            }
        }),
        r#"{"eventTemplateId":"7","objectId":"1","tokens":{"before":"5","after":"6","tries":"3"}}"#
    );
    assert_eq!(
        tokens::<Event<'_, char>>(),
        [
            "before: Before (string)",
            "after: After (string)",
            "tries: Tries (number)"
        ]
    );
    assert_eq!(
        json(&Fixed {
            id: 1,
            changed: Changed {
                before: true,
                after: None,
                tries: []
            }
        }),
        r#"{"eventTemplateId":"7","objectId":"1","tokens":{"before":"true","tries":"0"}}"#
    );
}

/// Asks for no more than a field of its own type would.
fn is_event<E: TimelineEvent>(_: &E) {}

#[derive(TimelineEvent)]
#[timeline(template_id = "7", name = "With", header = "{{own}} of {{race}}")]
struct With<A, B> {
    #[timeline(utk)]
    cookie: Option<&'static str>,
    #[timeline(token = "own")]
    its: u8,
    #[timeline(flatten)]
    first: A,
    #[timeline(flatten)]
    second: B,
}

const fn with<A, B>(first: A, second: B) -> With<A, B> {
    With {
        cookie: None,
        its: 1,
        first,
        second,
    }
}

#[test]
fn a_flattened_parameter_is_fine_when_it_brings_something_else() {
    let event = with(owner(), pet());
    is_event(&event);
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"own":"1","age":"30","race":"cat"}}"#
    );
    assert_eq!(
        tokens::<With<Owner, Pet>>(),
        [
            "own: Its (number)",
            "age: Age (number)",
            "race: Race (string)"
        ]
    );
    assert_eq!(
        json(&with(Some(pet()), Box::new(owner()))),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"own":"1","race":"cat","age":"30"}}"#
    );
}

#[test]
fn a_token_that_the_event_has_already_is_told() {
    #[derive(TimelineFields)]
    struct Own {
        #[timeline(email)]
        mail: &'static str,
        #[timeline(token = "own")]
        its: u8,
    }

    assert_eq!(
        refusal(&with(
            Own {
                mail: "a@b.c",
                its: 1
            },
            pet()
        )),
        "`first` is flattened and has the token `own`, which the field `its` is already: rename one with \
         `token = \"…\"`, or leave one out with `skip`"
    );
}

#[test]
fn a_role_that_the_event_has_already_is_told() {
    #[derive(TimelineFields)]
    struct Cookie(#[timeline(utk)] &'static str);

    // This is an error although the event's own `utk` is absent: the type is wrong.
    assert_eq!(
        refusal(&with(pet(), Cookie("c0ffee"))),
        "`second` is flattened and has the `utk`, and the event's `utk` is the field `cookie` already: remove one"
    );
}

#[test]
fn what_two_parameters_have_in_common_is_told() {
    #[derive(TimelineFields)]
    struct SameRole {
        #[timeline(email)]
        other: &'static str,
    }

    #[derive(TimelineFields)]
    struct SameToken {
        #[timeline(token = "age")]
        years: u8,
    }

    let same_role = SameRole { other: "b@b.c" };
    assert_eq!(
        refusal(&with(owner(), same_role)),
        "`second` is flattened and brings the role `email`, which `first` brings already: remove one, or rename it \
         with `token = \"…\"` if it is a token"
    );
    let same_token = SameToken { years: 31 };
    assert_eq!(
        refusal(&with(owner(), same_token)),
        "`second` is flattened and brings the token `age`, which `first` brings already: remove one, or rename it \
         with `token = \"…\"` if it is a token"
    );
    // An empty `Option` counts as bringing the token all the same.
    assert_eq!(
        refusal(&with(None::<Owner>, owner())),
        "`second` is flattened and brings the token `age`, which `first` brings already: remove one, or rename it \
         with `token = \"…\"` if it is a token"
    );
}

#[test]
fn an_id_a_pattern_and_a_key_each_exclude_a_flattened_id() {
    #[derive(Clone, TimelineFields)]
    struct Numbered {
        #[timeline(id)]
        number: u64,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", id = "{n}")]
    struct Patterned<T> {
        #[timeline(object_id)]
        n: u8,
        #[timeline(flatten)]
        part: T,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Keyed<T> {
        #[timeline(object_id)]
        n: u8,
        #[timeline(key)]
        row: u8,
        #[timeline(flatten)]
        part: T,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Free<T> {
        #[timeline(object_id)]
        n: u8,
        #[timeline(flatten)]
        part: T,
    }

    let (n, row) = (1, 2);
    let part = Numbered { number: 5 };
    assert_eq!(
        json(&Free {
            n,
            part: part.clone()
        }),
        r#"{"eventTemplateId":"7","id":"5","objectId":"1","tokens":{}}"#
    );
    assert_eq!(
        refusal(&Patterned {
            n,
            part: part.clone()
        }),
        "`part` is flattened and has the `id`, and the event's `id` is made from the pattern above the type already: \
         remove one"
    );
    assert_eq!(
        refusal(&Keyed { n, row, part }),
        "`part` is flattened and has the `id`, and the event's `id` is made from its key (`row`) already: remove one"
    );
    let part = pet();
    assert!(json(&Keyed { n, row, part }).contains("cat"));
    assert!(json(&Patterned { n, part: pet() }).contains(r#""id":"1""#));
}

#[test]
fn deep_inside_and_in_shared_fields_themselves() {
    #[derive(TimelineFields)]
    struct Middle<T> {
        middle: u8,
        #[timeline(flatten)]
        inner: T,
    }

    #[derive(TimelineFields)]
    struct Same {
        #[timeline(token = "middle")]
        other: u8,
    }

    #[derive(TimelineFields)]
    struct Own {
        own: u8,
    }

    let middle = Middle {
        middle: 1,
        inner: pet(),
    };
    assert_eq!(
        json(&with(middle, owner())),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"own":"1","middle":"1","race":"cat","age":"30"}}"#
    );
    let wrong_inside = Middle {
        middle: 1,
        inner: Same { other: 2 },
    };
    assert_eq!(
        refusal(&with(wrong_inside, owner())),
        "`inner` is flattened and has the token `middle`, which the field `middle` is already: rename one with \
         `token = \"…\"`, or leave one out with `skip`"
    );
    let deep = Middle {
        middle: 1,
        inner: Some(Box::new(Own { own: 2 })),
    };
    assert_eq!(
        refusal(&with(deep, owner())),
        "`first` is flattened and has the token `own`, which the field `its` is already: rename one with \
         `token = \"…\"`, or leave one out with `skip`"
    );
}

#[test]
fn in_variants_with_associated_types_and_with_bounds_of_ones_own() {
    trait Shop {
        type Customer;
    }

    struct Paris;

    impl Shop for Paris {
        type Customer = Owner;
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    enum Sold<S: Shop, T> {
        One {
            price: T,
            #[timeline(flatten)]
            to: S::Customer,
        },
        #[timeline(template_id = "8")]
        More(
            #[timeline(token = "age")] T,
            #[timeline(flatten)] S::Customer,
        ),
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", bound = "T: TokenValue, P: TimelineFields")]
    struct Bound<T, P> {
        #[timeline(object_id)]
        id: T,
        #[timeline(flatten)]
        part: P,
    }

    assert_eq!(
        json(&Sold::<Paris, _>::One {
            price: 5,
            to: owner()
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"price":"5","age":"30"}}"#
    );
    assert!(
        refusal(&Sold::<Paris, _>::More(5, owner())).starts_with(
            "`1` is flattened and has the token `age`, which the field `0` is already"
        )
    );
    assert_eq!(
        json(&Bound { id: 1, part: pet() }),
        r#"{"eventTemplateId":"7","objectId":"1","tokens":{"race":"cat"}}"#
    );
}

/// The assertions about these types stand outside of the type, where its lifetimes have no meaning.
#[test]
fn flattened_types_with_lifetimes_of_every_kind() {
    use std::cell::Cell;
    use std::fmt::Debug;

    trait Keeper<'a> {
        type Kept;
    }

    impl<'a> Keeper<'a> for u8 {
        type Kept = Kept<'a>;
    }

    #[derive(TimelineFields)]
    struct Kept<'a> {
        #[timeline(email)]
        mail: &'a str,
    }

    #[derive(TimelineFields)]
    struct Invariant<'a> {
        #[timeline(with = "cell")]
        cell: &'a Cell<&'a str>,
    }

    fn cell<'a>(cell: &&'a Cell<&'a str>) -> &'a str {
        cell.get()
    }

    #[derive(TimelineFields)]
    struct Dynamic<'a> {
        #[timeline(with = "shown")]
        shown: Box<dyn Debug + 'a>,
        #[timeline(with = "called")]
        function: for<'x> fn(&'x str) -> &'x str,
    }

    fn shown(shown: &dyn Debug) -> String {
        format!("{shown:?}")
    }

    fn called(function: &for<'x> fn(&'x str) -> &'x str) -> String {
        function("in").to_owned()
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", header = "{{cell}} {{shown}} {{function}}")]
    struct Event<'a, 'b: 'a> {
        #[timeline(flatten)]
        kept: <u8 as Keeper<'b>>::Kept,
        #[timeline(flatten)]
        invariant: Invariant<'a>,
        #[timeline(flatten)]
        dynamic: &'a Dynamic<'b>,
    }

    let text = Cell::new("c");
    let dynamic = Dynamic {
        shown: Box::new(1),
        function: str::trim,
    };
    assert_eq!(
        json(&Event {
            kept: Kept { mail: "a@b.c" },
            invariant: Invariant { cell: &text },
            dynamic: &dynamic,
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"cell":"c","shown":"1","function":"in"}}"#
    );
}
