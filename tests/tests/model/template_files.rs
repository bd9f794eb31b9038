//! Files of templates: what is read, what is refused and in which words, and how the templates of a program are compared
//! with them.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use timeline_core::{
    Difference, EventTemplate, ObjectType, TemplateFile, TemplateFileErrorKind, TokenDefinition,
    TokenType,
};

const FILE: &str = r#"{"results": [
    {"id": "1001298", "name": "Pet adopted", "objectType": "contacts", "headerTemplate": "{{petName}}",
     "createdAt": "2026-08-01T12:00:00.000Z", "updatedAt": "2026-08-01T12:00:00.000Z",
     "tokens": [
        {"name": "petName", "label": "Pet name", "type": "string", "createdAt": "2026-08-01T12:00:00.000Z"},
        {"name": "kind", "label": "Kind", "type": "enumeration", "objectPropertyName": "last_kind",
         "options": [{"label": "Cat", "value": "cat"}, {"label": "Dog", "value": "dog"}]}]},
    {"id": 1001299, "name": "Order shipped", "objectType": "DEAL", "tokens": []}
], "paging": null}"#;

fn file() -> TemplateFile {
    TemplateFile::from_json(FILE).expect("HubSpot's list")
}

fn token(name: &str, label: &str, token_type: TokenType) -> TokenDefinition {
    let mut token = TokenDefinition::new::<str>(name, label).expect("a good name");
    token.token_type = token_type;
    token
}

/// An empty folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old folder of this test");
    }
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn definition(uid: &str, name: &str) -> String {
    format!(
        r#"{{"uid":"{uid}","type":"app-event","config":{{"name":"{name}","objectType":"CONTACT"}}}}"#
    )
}

#[test]
fn hubspots_own_list_is_read_with_its_ids() {
    let file = file();
    let [pet, order] = file.templates() else {
        panic!("two templates");
    };
    assert_eq!((pet.id(), order.id()), (Some("1001298"), Some("1001299")));
    assert_eq!(order.object_type, ObjectType::Deals);
    assert_eq!(pet.tokens[1].options.len(), 2);
    assert_eq!(file.template_ids().get("Order shipped"), Some("1001299"));
    // Written and read again, it is the same, with the ids.
    let json = serde_json::to_string(&file).expect("JSON");
    assert_eq!(TemplateFile::from_json(&json).expect("its own"), file);
    let typed = TemplateFile::from(vec![
        EventTemplate::new("A", ObjectType::Contacts).with_type_name("a"),
        EventTemplate::new("B", ObjectType::Contacts).with_id("2"),
    ]);
    let json = serde_json::to_string(&typed).expect("JSON");
    assert_eq!(TemplateFile::from_json(&json).expect("its own"), typed);
    let with_mark = format!("\u{feff}{FILE}");
    let path = folder("list").join("timeline.json");
    fs::write(&path, with_mark).expect("a file");
    assert_eq!(TemplateFile::read(&path).expect("a list"), file);
}

#[test]
fn no_event_goes_to_the_wrong_one_of_two_templates_of_a_name() {
    let named = |id: &str, name: &str| {
        EventTemplate::new(name, ObjectType::Contacts).with_id(id.to_owned())
    };
    let file = TemplateFile::from(vec![
        named("1", "A"),
        named("2", "B"),
        named("3", "A"),
        named("4", "C"),
    ]);
    let ids = file.template_ids();
    assert_eq!(
        (ids.get("A"), ids.get("B"), ids.get("C")),
        (None, Some("2"), Some("4"))
    );
}

#[test]
fn a_folder_of_definitions() {
    let folder = folder("definitions");
    let inside = folder.join("app/events");
    fs::create_dir_all(&inside).expect("a folder");
    for (path, text) in [
        (
            inside.join("pet-hsmeta.json"),
            definition("pet_adopted", "Pet adopted"),
        ),
        (
            folder.join("order-hsmeta.json"),
            definition("order", "Order shipped"),
        ),
        // Other files of a project.
        (
            folder.join("card-hsmeta.json"),
            r#"{"uid":"card","type":"card","config":{}}"#.to_owned(),
        ),
        (folder.join("package.json"), "{".to_owned()),
    ] {
        fs::write(path, text).expect("a file");
    }
    let file = TemplateFile::read(&folder).expect("two definitions");
    let types: Vec<_> = file.event_types().into_iter().collect();
    assert_eq!(
        types,
        [
            ("Order shipped".to_owned(), "order".to_owned()),
            ("Pet adopted".to_owned(), "pet_adopted".to_owned())
        ]
    );
    assert_eq!(file.template_ids().into_iter().count(), 0);
    // One file of them is read as well.
    let one = TemplateFile::read(inside.join("pet-hsmeta.json")).expect("a definition");
    assert_eq!(one.templates().len(), 1);
    // A type that names both is compared by the name of its event type.
    let code = EventTemplate::new("Pet adopted", ObjectType::Companies)
        .with_id("1001298")
        .with_type_name("pet_adopted");
    let drift = file
        .check(&[code])
        .expect_err("another object type")
        .to_string();
    assert!(
        drift.ends_with("object type: contacts -> companies, which cannot be changed"),
        "{drift}"
    );

    fs::write(
        folder.join("second-hsmeta.json"),
        definition("order", "Another"),
    )
    .expect("a file");
    let error = TemplateFile::read(&folder).expect_err("a uid twice");
    assert!(
        error
            .to_string()
            .ends_with(r#"uid: the uid "order" is that of another file in this folder, too"#),
        "{error}"
    );
}

#[test]
fn what_is_no_file_of_templates() {
    use TemplateFileErrorKind::{InvalidTemplate, NotAList, NotJson};
    let one = r#"{"id":"7","name":"A","objectType":"contacts","tokens":[]}"#;
    let with_tokens = |tokens: &str| {
        format!(
            r#"{{"results":[{one},{{"id":"8","name":"B","objectType":"contacts","tokens":{tokens}}}]}}"#
        )
    };
    for (text, kind, says) in [
        ("", NotJson, "the file is empty"),
        ("\n{\"results\": [}", NotJson, "at line 2 column 14"),
        (
            "[]",
            NotAList,
            "this is an array, expected an object with `results`",
        ),
        (
            "\"x\"",
            NotAList,
            "this is a string, expected an object with `results`",
        ),
        (
            one,
            NotAList,
            "this is one template, expected an object with `results`",
        ),
        (
            r#"{"results": {}}"#,
            NotAList,
            "`results` is an object, expected an array",
        ),
        (
            r#"{"status":"error","message":"x","correlationId":"y","category":"EXPIRED_AUTHENTICATION"}"#,
            NotAList,
            "this is an error that HubSpot answered with",
        ),
        (r#"{"x":1}"#, NotAList, "the object has no `results`"),
        (
            r#"{"type":"card","config":{}}"#,
            NotAList,
            "its `type` is not `app-event`",
        ),
        (
            r#"{"results":[7]}"#,
            InvalidTemplate,
            "results[0]: this is a number, expected a template",
        ),
        (
            r#"{"results":[{"id":"7","objectType":"contacts"}]}"#,
            InvalidTemplate,
            "results[0]: missing field `name`",
        ),
        (
            r#"{"results":[{"id":"7","name":"","objectType":"contacts"}]}"#,
            InvalidTemplate,
            "results[0].name: the name is empty",
        ),
        (
            &format!(r#"{{"results":[{one},{one}]}}"#),
            InvalidTemplate,
            "results[1].id: the id 7 is another template's in this file, too",
        ),
        (
            &with_tokens("{}"),
            InvalidTemplate,
            "results[1].tokens: this is an object, expected an array",
        ),
        (
            &with_tokens(
                r#"[{"name":"a","label":"A","type":"string"},{"name":"b","label":"B","type":"text"}]"#,
            ),
            InvalidTemplate,
            "results[1].tokens[1]: unknown variant `text`",
        ),
        (
            &with_tokens(
                r#"[{"name":"a","label":"A","type":"string"},{"name":"a","label":"B","type":"string"}]"#,
            ),
            InvalidTemplate,
            "results[1].tokens[1].name: the token a stands there twice",
        ),
        (
            &with_tokens(r#"[{"name":"a b","label":"A","type":"string"}]"#),
            InvalidTemplate,
            "results[1].tokens[0].name: ",
        ),
    ] {
        let error = TemplateFile::from_json(text).expect_err(text);
        assert_eq!(error.kind(), kind, "{text}: {error}");
        assert!(error.to_string().contains(says), "{text}: {error}");
        let advises = error.to_string().contains("`timeline pull`");
        assert_eq!(advises, kind != InvalidTemplate, "{error}");
        assert_eq!(error.path().is_empty(), kind != InvalidTemplate, "{error}");
    }
}

#[test]
fn what_cannot_be_read() {
    let folder = folder("unreadable");
    let error = TemplateFile::read(folder.join("none.json")).expect_err("no file");
    assert_eq!(error.kind(), TemplateFileErrorKind::Unreadable);
    assert!(error.source().is_some());
    assert!(error.to_string().contains("none.json: "), "{error}");
    let error = TemplateFile::read(&folder).expect_err("an empty folder");
    assert_eq!(error.kind(), TemplateFileErrorKind::NotAList);
    for (bytes, says) in [
        (&b"\xff\xfe{\0"[..], "the file is UTF-16: save it as UTF-8"),
        (b"\xfe\xff\0{", "the file is UTF-16: save it as UTF-8"),
        (b"{\n\n\"\xe9\"", "line 3 is not UTF-8"),
    ] {
        let path = folder.join("x.json");
        fs::write(&path, bytes).expect("a file");
        let error = TemplateFile::read(&path).expect_err(says);
        assert_eq!(error.kind(), TemplateFileErrorKind::NotJson);
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn the_command_takes_a_plain_list_too() {
    let code = vec![
        EventTemplate::new("A", ObjectType::Contacts).token(token("a", "A", TokenType::Date)),
        EventTemplate::new("B", ObjectType::Deals),
    ];
    let path = folder("plain").join("code.json");
    fs::write(&path, serde_json::to_string(&code).expect("JSON")).expect("a file");
    let file = TemplateFile::read_or_list(&path).expect("a list");
    assert_eq!(file.templates(), code);
    assert!(TemplateFile::read(&path).is_err());
    fs::write(&path, r#"[{"name":"A"}]"#).expect("a file");
    let error = TemplateFile::read_or_list(&path).expect_err("no object type");
    assert!(
        error
            .to_string()
            .contains("[0]: missing field `objectType`"),
        "{error}"
    );
}

/// What the code says, and the lines of the drift; none if nothing differs.
#[test]
fn how_a_template_drifts() {
    let pet = || EventTemplate::new("Pet adopted", ObjectType::Contacts);
    let name = || token("petName", "Pet name", TokenType::String);
    let with = |change: fn(&mut EventTemplate)| {
        let mut template = pet().token(name());
        change(&mut template);
        template
    };
    let kinds = |values: &[(&str, &str)]| {
        let mut kind = token("kind", "Kind", TokenType::Enumeration);
        kind.options = values
            .iter()
            .map(|(value, label)| timeline_core::TokenOption::new(*value, *label))
            .collect();
        pet().token(kind)
    };
    for (code, lines) in [
        // What the code does not state is no difference: the header, further tokens and options, a property.
        (pet(), &[][..]),
        (pet().with_id("1001298"), &[]),
        (kinds(&[("dog", "Dog")]), &[]),
        (kinds(&[]), &[]),
        (
            with(|template| template.header_template = Some("{{petName}}".to_owned())),
            &[],
        ),
        (
            with(|template| template.header_template = Some("{{kind}}".to_owned())),
            &[r#"~ header: "{{petName}}" -> "{{kind}}""#],
        ),
        (
            with(|template| template.detail_template = Some("x".to_owned())),
            &[r#"+ detail: "x""#],
        ),
        (
            with(|template| template.object_type = ObjectType::Tickets),
            &["~ object type: contacts -> tickets, which cannot be changed"],
        ),
        (
            with(|template| template.tokens[0].token_type = TokenType::Number),
            &["~ token petName: type string -> number, which cannot be changed"],
        ),
        (
            with(|template| template.tokens[0].label = "Name".to_owned()),
            &[r#"~ token petName: label "Pet name" -> "Name""#],
        ),
        (
            with(|template| template.tokens[0].object_property_name = Some("pet".to_owned())),
            &["~ token petName: property none -> pet"],
        ),
        (
            with(|template| template.tokens[0].name = "petname".to_owned()),
            &[r#"+ token petname (string), labelled "Pet name""#],
        ),
        (
            kinds(&[("dog", "Hound"), ("bird", "Bird"), ("fish", "Fish")]),
            &[
                r#"~ token kind: label of option "dog": "Dog" -> "Hound""#,
                r#"+ token kind: option "bird", labelled "Bird""#,
                r#"+ token kind: option "fish", labelled "Fish""#,
            ],
        ),
        (
            EventTemplate::new("Pet found", ObjectType::Contacts).with_id("1001298"),
            &[r#"~ name: "Pet adopted" -> "Pet found""#],
        ),
    ] {
        let shown = match file().check(std::slice::from_ref(&code)) {
            Ok(()) => String::new(),
            Err(drift) => drift.to_string(),
        };
        let shown: Vec<&str> = shown.lines().skip(2).map(str::trim_start).collect();
        assert_eq!(shown, lines, "{code:?}");
    }
}

#[test]
fn what_the_file_lacks() {
    let named = |name: &str| EventTemplate::new(name, ObjectType::Contacts);
    let file = TemplateFile::from(vec![
        named("Pet adopted").with_id("1"),
        named("Twin").with_id("2"),
        named("Twin").with_id("3"),
    ]);
    let one = |code: EventTemplate| file.check(&[code]).expect_err("missing").to_string();
    for (code, line) in [
        (
            named("Pet adoptd"),
            r#"+ "Pet adoptd": the file has no template of this name: did you mean "Pet adopted"?"#,
        ),
        (
            named("Webinar attended"),
            r#"+ "Webinar attended": the file has no template of this name"#,
        ),
        (
            named("Pet adopted").with_id("9"),
            r#"+ "Pet adopted" (9): the file has no template of this id: the one of this name has the id 1"#,
        ),
        (
            named("Other").with_id("9"),
            r#"+ "Other" (9): the file has no template of this id"#,
        ),
        (
            named("Twin"),
            r#"+ "Twin": the file has 2 templates of this name: say the id of one of them"#,
        ),
    ] {
        let expected = format!("1 template of the code differs from the file:\n{line}");
        assert_eq!(one(code), expected);
    }
    assert_eq!(file.check(&[named("Twin").with_id("3")]), Ok(()));
}

/// Everything at once, in the order of the code; a template that is there twice counts once, and two of a name that differ
/// are one mistake.
#[test]
fn several_templates() {
    let pet = || EventTemplate::new("Pet adopted", ObjectType::Companies);
    let order = EventTemplate::new("Order shipped", ObjectType::Deals);
    let other = pet().token(token("a", "A", TokenType::Date));
    let drift = file()
        .check(&[pet(), order.clone(), pet(), other, order])
        .expect_err("companies, and two of a name");
    assert_eq!(drift.templates().len(), 2, "{drift}");
    assert!(matches!(
        drift.templates()[0].differences[..],
        [Difference::ObjectType { .. }]
    ));
    assert!(
        drift.templates()[0].differences[0].is_for_good(),
        "an object type cannot be changed"
    );
    let why = drift.templates()[1].missing.as_deref();
    assert!(
        why.is_some_and(|why| why.starts_with("the code has a different template")),
        "{drift}"
    );
    let json = serde_json::to_value(&drift).expect("JSON");
    assert_eq!(
        json[0],
        serde_json::json!({"template": "\"Pet adopted\"", "differences": [
            {"difference": "objectType", "code": "companies", "existing": "contacts"},
        ]})
    );
}
