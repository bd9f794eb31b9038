//! `pull`, `check`, `plan`, `apply` and `export`.

use timeline_core::{EventTemplate, ObjectType, TemplateFile, TimelineEvent, TokenDefinition};

use crate::{PET, Program, sandbox};

#[derive(TimelineEvent)]
#[timeline(template = "Pet adopted", header = "{{petName}}")]
struct PetAdopted {
    #[timeline(email)]
    _owner: String,
    #[timeline(token = "petName", label = "Pet name")]
    _name: String,
}

#[derive(TimelineEvent)]
#[timeline(
    template = "Order shipped",
    type_name = "shipped",
    object_type = "deals"
)]
struct OrderShipped {
    #[timeline(object_id)]
    _deal: u64,
    _timestamp: u32,
}

/// The list that a program's templates serialize to.
fn code() -> String {
    let code = [PetAdopted::templates(), OrderShipped::templates()].concat();
    serde_json::to_string(&code).expect("JSON")
}

/// The same as a template file, which has the names of event types as well.
fn code_file() -> String {
    let code = [PetAdopted::templates(), OrderShipped::templates()].concat();
    serde_json::to_string(&TemplateFile::from(code)).expect("JSON")
}

#[tokio::test]
async fn from_a_programs_templates_to_a_file_beside_the_code() {
    let sandbox = sandbox().await;
    let program = Program::new("road", Some(&sandbox));
    program.write("code.json", &code());

    let planned = program.ends(&["plan", "code.json"], 2);
    assert!(
        planned
            .out
            .starts_with("+ \"Pet adopted\" (contacts)\n    + header: \"{{petName}}\"\n"),
        "{}",
        planned.out
    );
    assert!(planned.out.ends_with(
        "2 to create, 0 to change, 0 to delete, 0 impossible, 0 unchanged, 0 not in the code\n"
    ));
    assert!(!planned.out.contains('\u{1b}'));
    assert_eq!(
        program.ends(&["plan", "code.json", "--json"], 2).json()["changes"][1]["name"],
        "Order shipped"
    );

    // There is no terminal to ask on, and no `--yes`.
    let refused = program.ends(&["apply", "code.json"], 1);
    assert!(refused.err.contains("so say `--yes`"), "{}", refused.err);
    assert!(sandbox.templates().is_empty());

    let applied = program
        .ends(&["apply", "code.json", "--yes", "--json"], 0)
        .json();
    assert_eq!(
        applied["applied"]["created"]["results"][0]["name"],
        "Pet adopted"
    );
    assert_eq!(
        program.ends(&["apply", "code.json", "--yes"], 0).out,
        "nothing to do\n"
    );
    assert_eq!(
        program.ends(&["plan", "code.json", "--json"], 0).json()["isEmpty"],
        true
    );

    let pulled = program.ends(&["pull", "--output", "timeline.json"], 0);
    assert_eq!(pulled.out, "2 templates written to timeline.json\n");
    let file = TemplateFile::from_json(&program.read("timeline.json")).expect("a template file");
    assert_eq!(file.templates(), sandbox.templates());
    assert_eq!(
        TemplateFile::from_json(&program.ends(&["pull"], 0).out).expect("the same"),
        file
    );
    program.ends(&["check", "timeline.json"], 0);
    program.ends(&["check", "timeline.json", "--code", "code.json"], 0);
}

#[tokio::test]
async fn differences_are_told_and_are_no_error() {
    let sandbox = sandbox().await;
    let program = Program::new("differences", Some(&sandbox));
    sandbox.add_template(EventTemplate::new("Old", ObjectType::Contacts));
    sandbox.add_template(EventTemplate::new("Order shipped", ObjectType::Contacts));
    program.write("code.json", &code());
    program.write("pet.json", PET);

    let checked = program.ends(&["check", "pet.json", "--code", "code.json"], 2);
    assert!(
        checked
            .out
            .contains("~ header: \"**{{petName}}** found a home\" -> \"{{petName}}\""),
        "{}",
        checked.out
    );
    assert!(
        checked
            .out
            .contains("+ \"Order shipped\": the file has no template of this name"),
        "{}",
        checked.out
    );
    let checked = program
        .ends(&["check", "pet.json", "--code", "code.json", "--json"], 2)
        .json();
    assert_eq!(
        (
            &checked["isEmpty"],
            checked["differences"].as_array().map(Vec::len)
        ),
        (&false.into(), Some(2))
    );
    program.ends(&["check", "code.json"], 2);

    let planned = program.ends(&["plan", "code.json", "--deleting"], 2).out;
    assert!(
        planned.contains("- \"Old\" (5000001), and all its events with it"),
        "{planned}"
    );
    assert!(
        planned.contains("object type: contacts -> deals, which cannot be changed"),
        "{planned}"
    );
    let refused = program.ends(&["apply", "code.json", "--deleting", "--yes"], 1);
    assert!(
        refused
            .err
            .contains("error: nothing was changed, since 1 of the templates cannot become"),
        "{}",
        refused.err
    );
    assert_eq!(sandbox.templates().len(), 2);
}

#[test]
fn definition_files() {
    let program = Program::new("export", None);
    program.write("code.json", &code_file());
    let ended = program.ends(&["export", "code.json", "--output", "events/app"], 0);
    assert_eq!(ended.out, "2 files written to events/app\n");
    let file = TemplateFile::read(program.folder.join("events/app")).expect("definitions");
    let types: Vec<_> = file.event_types().into_iter().collect();
    // The name of a template without an event type is its file's.
    assert_eq!(types[0], ("Order shipped".to_owned(), "shipped".to_owned()));
    assert_eq!(
        types[1],
        ("Pet adopted".to_owned(), "pet_adopted".to_owned())
    );
    program.ends(&["check", "events/app", "--code", "code.json"], 0);
    // A second export changes nothing. A file that differs is not overwritten, and then no file is written.
    program.ends(
        &["export", "code.json", "--output", "events/app", "--json"],
        0,
    );
    program.write("events/app/pet_adopted-hsmeta.json", "{}");
    program.write("events/app/shipped-hsmeta.json", "{}");
    let refused = program.ends(&["export", "code.json", "--output", "events/app"], 1);
    assert!(
        refused
            .err
            .contains("is there already and differs: nothing was written"),
        "{}",
        refused.err
    );
    assert_eq!(program.read("events/app/shipped-hsmeta.json"), "{}");
    program.ends(
        &["export", "code.json", "--output", "events/app", "--force"],
        0,
    );
    assert_ne!(program.read("events/app/shipped-hsmeta.json"), "{}");

    let twins = [
        EventTemplate::new("A b", ObjectType::Contacts),
        EventTemplate::new("a-b", ObjectType::Contacts),
    ];
    program.write("twins.json", &serde_json::to_string(&twins).expect("JSON"));
    let refused = program.ends(&["export", "twins.json", "--output", "x"], 1);
    assert!(
        refused
            .err
            .contains("would both be the file a_b-hsmeta.json"),
        "{}",
        refused.err
    );
    assert!(!program.folder.join("x").exists());
}

/// What a definition file cannot say, and what HubSpot may refuse in it, is told on the way.
#[test]
fn definition_files_that_lack_something() {
    let program = Program::new("export-lacking", None);
    let token = |name: &str, property: &str| {
        let token = TokenDefinition::new::<str>(name, name).expect("a good name");
        token.property(property)
    };
    let template = EventTemplate::new("Pet adopted", ObjectType::Contacts)
        .token(token("petName", "pet_name"))
        .token(token("utk", "pet_tracker"));
    program.write(
        "code.json",
        &serde_json::to_string(&[template]).expect("JSON"),
    );
    let ended = program.ends(&["export", "code.json", "--output", "app-events"], 0);
    let warnings: Vec<&str> = ended.err.lines().collect();
    assert_eq!(warnings.len(), 5, "{}", ended.err);
    for said in [
        "the uid \"pet_adopted\" is made from the name",
        "it has neither header nor detail",
    ] {
        assert_eq!(ended.err.matches(said).count(), 1, "{}", ended.err);
    }
    for (token, property) in [("petName", "pet_name"), ("utk", "pet_tracker")] {
        let said =
            format!("the token `{token}` sets the CRM property `{property}` through v3 only");
        assert_eq!(ended.err.matches(&said).count(), 1, "{}", ended.err);
    }
    assert!(ended.err.contains("may refuse the property `utk`"));
    let file = program.read("app-events/pet_adopted-hsmeta.json");
    assert!(!file.contains("pet_tracker"), "{file}");
}
