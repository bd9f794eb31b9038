//! Encoding allocates nothing per token.

use std::time::SystemTime;

use timeline_core::TimelineEvent;

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
