//! Encoding allocates nothing per token.

use std::time::SystemTime;

use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Eight {
    #[timeline(email)]
    email: String,
    #[timeline(timestamp)]
    at: SystemTime,
    string: String,
    lent: &'static str,
    number: u64,
    wide: i128,
    float: f64,
    truth: bool,
    date: SystemTime,
    id: uuid::Uuid,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct One {
    #[timeline(email)]
    email: String,
    #[timeline(timestamp)]
    at: SystemTime,
    string: String,
}

fn allocations(event: &impl TimelineEvent, out: &mut Vec<u8>) -> u64 {
    // The first time may fill caches of the formatting code.
    for _ in 0..2 {
        out.clear();
        event
            .event_input()
            .expect("good")
            .write_json(out)
            .expect("good");
    }
    let measured = allocation_counter::measure(|| {
        out.clear();
        event
            .event_input()
            .expect("good")
            .write_json(out)
            .expect("good");
    });
    measured.count_total
}

#[test]
fn one_for_the_list_of_tokens_and_none_for_each() {
    let mut out = Vec::with_capacity(4096);
    let (email, at) = (String::from("ada@example.com"), SystemTime::now());
    let one = One {
        email: email.clone(),
        at,
        string: "x".into(),
    };
    let eight = Eight {
        email,
        at,
        string: "quote \" and more".into(),
        lent: "x",
        number: 1,
        wide: i128::MIN,
        float: 0.1,
        truth: true,
        date: at,
        id: uuid::Uuid::nil(),
    };
    assert_eq!(allocations(&one, &mut out), 1);
    assert_eq!(allocations(&eight, &mut out), 1);
}

/// The number of flattened tokens is known before, and a value whose Rust type fits its `type` is checked without
/// making its text.
#[test]
fn one_with_what_is_flattened_and_typed() {
    #[derive(TimelineFields)]
    struct Inner {
        #[timeline(type = "number")]
        a: u64,
        #[timeline(type = "date")]
        b: i64,
        #[timeline(type = "string")]
        c: u64,
    }

    #[derive(TimelineFields)]
    struct Middle {
        #[timeline(flatten)]
        inner: Inner,
        d: f64,
        e: u8,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "1001298")]
    struct Outer {
        #[timeline(object_id)]
        owner: &'static str,
        #[timeline(flatten)]
        middle: Middle,
        f: u8,
        g: u8,
    }

    let inner = Inner {
        a: 1,
        b: 1_785_585_600_000,
        c: 2,
    };
    let middle = Middle {
        inner,
        d: 0.1,
        e: 3,
    };
    let outer = Outer {
        owner: "7",
        middle,
        f: 4,
        g: 5,
    };
    assert_eq!(allocations(&outer, &mut Vec::with_capacity(4096)), 1);
}

/// One for the list of tokens, and one for the id.
#[test]
fn one_more_for_an_id_of_several_fields() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "1001298", id = "order-{order}-{line}-{shop}")]
    struct Ordered {
        #[timeline(object_id)]
        owner: &'static str,
        order: u64,
        line: u8,
        shop: &'static str,
    }

    let ordered = Ordered {
        owner: "7",
        order: 1_234_567,
        line: 8,
        shop: "north",
    };
    assert_eq!(allocations(&ordered, &mut Vec::with_capacity(4096)), 2);
}
