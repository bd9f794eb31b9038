//! What a plan says, as text and as JSON.

use serde_json::json;
use timeline_core::{EventTemplate, ObjectType, TokenType};

use crate::{named, sandbox, templates, token};

#[tokio::test]
async fn every_kind_of_change_in_one_plan() {
    let sandbox = sandbox().await;
    let mut live = named("Changed").token(token("a", TokenType::String));
    live.header_template = Some("{{a}}".to_owned());
    let changed = sandbox.add_template(live.token(token("old", TokenType::Date)));
    let kept = sandbox.add_template(named("Kept").token(token("a", TokenType::Number)));
    let fixed = sandbox.add_template(named("Fixed").token(token("a", TokenType::Number)));
    let old = sandbox.add_template(named("Old"));
    for _ in 0..2 {
        sandbox.add_template(named("Twin"));
    }

    let mut code = named("Changed").token(token("a", TokenType::String));
    code.header_template = Some("{{b}}".to_owned());
    let code = vec![
        code.token(token("b", TokenType::Enumeration).property("p")),
        named("Kept").with_id(&*kept),
        EventTemplate::new("Fixed", ObjectType::Companies).token(token("a", TokenType::String)),
        named("New"),
        named("New"),
        named("New").token(token("a", TokenType::Date)),
        named("Twin"),
        named("Unknown").with_id("9"),
    ];
    let plan = templates(&sandbox).plan(code).await.expect("a plan");
    let with_ids = |text: &str| {
        let text = text
            .replace("{changed}", &changed)
            .replace("{fixed}", &fixed);
        text.replace("{old}", &old)
    };
    assert_eq!(
        plan.to_string(),
        with_ids(concat!(
            "~ \"Changed\" ({changed})\n",
            "    ~ header: \"{{a}}\" -> \"{{b}}\"\n",
            "    + token b (enumeration), labelled \"b\", one of \"a\", \"b\", sets the property p\n",
            "+ \"New\" (contacts)\n",
            "! \"Fixed\" ({fixed}): HubSpot changes neither the object type of a template nor the type of a token: change the code, or give the template or the token another name\n",
            "    ~ object type: contacts -> companies, which cannot be changed\n",
            "    ~ token a: type number -> string, which cannot be changed\n",
            "! \"New\": the code has a different template of this name or id: say the same in both types, or give one of them another name\n",
            "! \"Twin\": HubSpot has 2 templates of this name: say the id of one of them\n",
            "! \"Unknown\" (9): HubSpot has no template of this id\n",
            "  \"Old\" ({old}) is in HubSpot and not in the code\n",
            "1 to create, 1 to change, 0 to delete, 4 impossible, 1 unchanged, 1 not in the code",
        ))
    );
    assert!(!plan.is_empty());
    let json = serde_json::to_value(&plan).expect("JSON");
    assert_eq!(json["isEmpty"], false);
    assert_eq!(json["changes"][0]["action"], "update");
    assert_eq!(
        json["changes"][0]["differences"][0],
        json!({"difference": "header", "code": "{{b}}", "existing": "{{a}}"})
    );
    assert_eq!(
        json["changes"][1],
        json!({"action": "create", "name": "New"})
    );
    assert_eq!(json["impossible"][2]["name"], "Twin");
    assert_eq!(json["unmanaged"], json!([{"id": old, "name": "Old"}]));
    assert_eq!(json["unchanged"], 1);

    // Templates that share a name are not deleted.
    let plan = plan.deleting(true);
    let text = plan.to_string();
    assert!(
        text.contains(&with_ids("- \"Old\" ({old}), and all its events with it\n")),
        "{text}"
    );
    assert!(text.contains("    - token old\n"), "{text}");
    assert!(text.contains("2 to change, 1 to delete,"), "{text}");
    assert_eq!(plan.changes().len(), 4);
}

#[tokio::test]
async fn colours_only_where_asked() {
    let sandbox = sandbox().await;
    sandbox.add_template(named("Old"));
    let plan = templates(&sandbox)
        .plan(vec![named("New"), named("New").with_id("9")])
        .await
        .expect("a plan");
    let plan = plan.deleting(true);
    assert!(!plan.to_string().contains('\u{1b}'), "{plan}");
    let colored = plan.colored().to_string();
    let lines: Vec<&str> = colored.lines().collect();
    assert_eq!(lines[0], "\u{1b}[32m+ \"New\" (contacts)\u{1b}[0m");
    assert!(lines[1].starts_with("\u{1b}[31m- \"Old\""), "{colored}");
    assert!(lines[2].starts_with("\u{1b}[31m! \"New\""), "{colored}");
    assert!(!lines[3].contains('\u{1b}'), "{colored}");
}

#[tokio::test]
async fn empty_is_what_leaves_nothing_to_do() {
    let sandbox = sandbox().await;
    let id = sandbox.add_template(named("A").token(token("a", TokenType::String)));
    sandbox.add_template(named("Old"));
    let templates = templates(&sandbox);
    let plan = |code| templates.plan(code);
    let same = plan(vec![named("A")]).await.expect("a plan");
    assert!(same.is_empty());
    assert_eq!((same.unmanaged().len(), same.unchanged()), (1, 1));
    assert!(
        !same.deleting(true).is_empty(),
        "a template and a token are to go"
    );
    let impossible = plan(vec![EventTemplate::new("A", ObjectType::Deals)])
        .await
        .expect("a plan");
    assert!(!impossible.is_empty() && impossible.changes().is_empty());
    assert!(
        !plan(vec![named("B").with_id(&*id)])
            .await
            .expect("a plan")
            .is_empty(),
        "another name"
    );
    // An id that no template has is impossible, also if there is no template at all.
    let empty = crate::sandbox().await;
    let plan = empty
        .client()
        .templates(7)
        .plan(vec![named("A").with_id("1")])
        .await
        .expect("a plan");
    assert_eq!(plan.impossible().len(), 1, "{plan}");
}
