//! `render`, `replay` and `event`.

use timeline_core::{
    Api, EventInput, EventTemplate, Fault, ObjectType, RetryPolicy, SendBatch, TemplateFile,
    TimelineEvent,
};

use crate::{PET, Program, sandbox};

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct PetAdopted {
    #[timeline(id)]
    id: String,
    #[timeline(email)]
    owner: String,
    #[timeline(token = "petName")]
    name: String,
}

#[test]
fn an_event_in_any_of_its_shapes() {
    let program = Program::new("render", None);
    program.write("pet.json", PET);
    let v3 = r#"{"eventTemplateId":"1001298","id":"1","email":"a@b.c","timestamp":"2026-08-01T12:00:00Z","tokens":{"petName":"Rex & Co","petAge":3},"extraData":{"toys":["ball","<b>rope</b>"]}}"#;
    program.write("v3.json", v3);
    program.write(
        "app.json",
        &v3.replace("eventTemplateId", "eventTypeName")
            .replace("1001298", "Pet adopted")
            .replace("tokens", "properties"),
    );
    program.write(
        "letter.json",
        &format!(r#"{{"templateId":"1001298","event":{v3}}}"#),
    );
    for event in ["v3.json", "app.json", "letter.json"] {
        let ended = program.ends(&["render", "pet.json", event], 0);
        assert_eq!(
            ended.out, "Rex & Co found a home\n\nAged 3\n- ball\n- <b>rope</b>\n",
            "{event}"
        );
        let html = program
            .ends(&["render", "pet.json", event, "--html"], 0)
            .out;
        assert!(html.starts_with("<h1><strong>Rex &amp; Co</strong> found a home</h1>\n<p>Aged 3</p>\n<ul>\n<li>ball</li>"), "{html}");
        assert!(!html.contains("<b>"), "{html}");
        let json = program
            .ends(&["render", "pet.json", event, "--json"], 0)
            .json();
        assert_eq!(json["headerText"], "Rex & Co found a home");
    }
    for (event, says) in [
        ("[]", "the event is no JSON object"),
        ("{}", "the event names no template"),
        (r#"{"eventTemplateId":"9"}"#, "pet.json has no template 9"),
        ("{", "wrong.json: EOF"),
        (
            r#"{"eventTemplateId":"1001298","timestamp":"today"}"#,
            "the event's timestamp \"today\" is none",
        ),
    ] {
        program.write("wrong.json", event);
        let ended = program.ends(&["render", "pet.json", "wrong.json"], 1);
        assert!(ended.err.contains(says), "{event}: {}", ended.err);
    }
}

#[tokio::test]
async fn dead_letters_and_what_is_undelivered_again() {
    let sandbox = sandbox().await;
    let program = Program::new("replay", Some(&sandbox));
    for template in TemplateFile::from_json(PET).expect("templates").templates() {
        sandbox.add_template(template.clone());
    }
    let event = |n: u32| PetAdopted {
        id: format!("pet-{n}"),
        // Two of them have no valid e-mail address, and HubSpot refuses them.
        owner: match n {
            3 | 7 => "ada at home".to_owned(),
            _ => "ada@example.com".to_owned(),
        },
        name: "Rex".to_owned(),
    };
    sandbox.inject(Fault::status(423).forever());
    let client = sandbox
        .client_builder()
        .retry(RetryPolicy::none())
        .build()
        .expect("good settings");
    let report = (0..12).map(event).send_batch(&client).report().await;
    assert_eq!(report.not_sent(), 12, "{report}");
    let mut letters = Vec::new();
    report.write_undelivered(&mut letters).expect("memory");
    program.write("letters.jsonl", &String::from_utf8(letters).expect("UTF-8"));
    sandbox.clear_faults();

    let ended = program.ends(
        &["replay", "letters.jsonl", "--undelivered", "left.jsonl"],
        2,
    );
    assert!(
        ended.out.contains("created               10\n"),
        "{}",
        ended.out
    );
    assert!(
        ended.out.contains("rejected               2\n"),
        "{}",
        ended.out
    );
    assert!(ended.out.contains("event 4: rejected: "), "{}", ended.out);
    assert_eq!(program.read("left.jsonl").lines().count(), 2);
    assert_eq!(sandbox.event_count(), 10);

    // A file that is there is not overwritten, and nothing is sent.
    let before = sandbox.requests();
    let refused = program.ends(
        &["replay", "letters.jsonl", "--undelivered", "left.jsonl"],
        1,
    );
    assert!(
        refused.err.contains("left.jsonl: File exists"),
        "{}",
        refused.err
    );
    assert_eq!(sandbox.requests(), before);

    let mended = program
        .read("left.jsonl")
        .replace("ada at home", "ada@example.com");
    program.write("mended.jsonl", &mended);
    let report = program
        .ends(&["replay", "mended.jsonl", "--json"], 0)
        .json();
    assert_eq!(report["created"], 2, "{report}");
    let read = program.ends(&["event", "1001298", "pet-3"], 0).json();
    assert_eq!(read["tokens"]["petName"], "Rex");
    let missing = program.ends(&["event", "1001298", "pet-99"], 1);
    assert!(
        missing
            .err
            .contains("there is no event pet-99 of the template 1001298"),
        "{}",
        missing.err
    );
}

/// The lines have the types' own names, and a project has their full ones.
#[tokio::test]
async fn app_events_of_a_project() {
    let sandbox = sandbox().await;
    let program = Program::new("replay-project", Some(&sandbox));
    sandbox.add_event_type(
        "a0001_adopted",
        EventTemplate::new("Pet adopted", ObjectType::Contacts),
    );
    sandbox.add_project_type("shelter", "adopted", "a0001_adopted");
    sandbox.inject(Fault::status(423).forever());
    let client = sandbox.client_builder().api(Api::AppEvents);
    let client = client.retry(RetryPolicy::none()).build();
    let events = (0..2).map(|n| EventInput::of_type("adopted").email(format!("a{n}@example.com")));
    let report = events
        .send_batch(&client.expect("good settings"))
        .report()
        .await;
    let mut letters = Vec::new();
    report.write_undelivered(&mut letters).expect("memory");
    program.write("letters.jsonl", &String::from_utf8(letters).expect("UTF-8"));
    sandbox.clear_faults();

    let ended = program.ends(&["replay", "letters.jsonl", "--app-events"], 2);
    assert!(
        ended.out.contains("rejected               2\n"),
        "{}",
        ended.out
    );
    let ended = program.ends(&["replay", "letters.jsonl", "--project", "shelter"], 0);
    assert!(
        ended.out.contains("created                2\n"),
        "{}",
        ended.out
    );
    let events = sandbox.events();
    assert!(
        events
            .iter()
            .all(|event| event.template_id == "a0001_adopted")
    );
}
