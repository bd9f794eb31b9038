//! Templates and tokens over the API.

use serde_json::{Value, json};
use timeline_core::limits;

use crate::http::{batch, call};
use crate::{TEMPLATE, event, sandbox};

const ALL: &str = "/integrators/timeline/v3/7/event-templates";

fn one(id: &str) -> String {
    format!("{ALL}/{id}")
}

fn create() -> Value {
    json!({
        "name": "Order shipped",
        "objectType": "contacts",
        "headerTemplate": "{{number}}",
        "tokens": [
            { "name": "number", "label": "Number", "type": "string" },
            {
                "name": "carrier", "label": "Carrier", "type": "enumeration",
                "options": [{ "label": "Post", "value": "post" }],
                "objectPropertyName": "last_carrier",
            },
        ],
    })
}

#[tokio::test]
async fn a_template_from_its_creation_to_its_end() {
    let sandbox = sandbox().await;
    let answer = call(&sandbox, "POST", ALL, &create()).await;
    let created = answer.json();
    let id = created["id"].as_str().expect("an id").to_owned();
    let at = "2026-08-01T12:00:00.000Z";
    assert_eq!(
        (answer.status, &created),
        (
            201,
            &json!({
                "id": id,
                "name": "Order shipped",
                "objectType": "contacts",
                "headerTemplate": "{{number}}",
                "createdAt": at,
                "updatedAt": at,
                "tokens": [
                    { "name": "number", "label": "Number", "type": "string", "options": [], "createdAt": at, "updatedAt": at },
                    {
                        "name": "carrier", "label": "Carrier", "type": "enumeration",
                        "options": [{ "label": "Post", "value": "post" }],
                        "objectPropertyName": "last_carrier", "createdAt": at, "updatedAt": at,
                    },
                ],
            })
        )
    );
    let answer = call(&sandbox, "GET", &one(&id), &Value::Null).await;
    assert_eq!((answer.status, answer.json()), (200, created.clone()));
    let listed = call(&sandbox, "GET", ALL, &Value::Null).await.json();
    assert_eq!(listed["results"].as_array().map(Vec::len), Some(3));
    assert_eq!(listed["results"][2], created);

    // The new template can be used immediately.
    let mut order = event("order-1");
    order["eventTemplateId"] = json!(id);
    order["tokens"] = json!({ "carrier": "post" });
    assert_eq!(batch(&sandbox, &[order]).await.status, 201);

    sandbox
        .clock()
        .sleep(std::time::Duration::from_secs(1))
        .await;
    let update = json!({ "id": id, "name": "Order sent", "tokens": [created["tokens"][0]], "detailTemplate": "x" });
    let answer = call(&sandbox, "PUT", &one(&id), &update).await;
    assert_eq!(
        (answer.status, answer.json()),
        (
            200,
            json!({
                "id": id,
                "name": "Order sent",
                "objectType": "contacts",
                "detailTemplate": "x",
                "createdAt": at,
                "updatedAt": "2026-08-01T12:00:01.000Z",
                "tokens": [created["tokens"][0]],
            })
        )
    );

    let answer = call(&sandbox, "DELETE", &one(&id), &Value::Null).await;
    assert_eq!((answer.status, &*answer.body), (204, &b""[..]));
    assert_eq!(
        call(&sandbox, "GET", &one(&id), &Value::Null).await.status,
        404
    );
    assert_eq!(
        call(&sandbox, "DELETE", &one(&id), &Value::Null)
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn deleting_a_template_removes_its_events_and_no_others() {
    let sandbox = sandbox().await;
    let deal = |id: &str| json!({ "eventTemplateId": crate::DEALS, "id": id, "objectId": "9", "tokens": {} });
    batch(&sandbox, &[event("a"), deal("b"), event("c"), deal("d")]).await;
    call(&sandbox, "DELETE", &one(TEMPLATE), &Value::Null).await;
    assert_eq!(crate::held(&sandbox), ["b", "d"]);
    for id in ["b", "d"] {
        assert_eq!(sandbox.event(crate::DEALS, id).expect("held").id, id);
    }
    assert!(sandbox.event(TEMPLATE, "a").is_none());
    assert_eq!(batch(&sandbox, &[deal("b")]).await.status, 207);
}

#[tokio::test]
async fn tokens() {
    let sandbox = sandbox().await;
    let tokens = format!("{}/tokens", one(TEMPLATE));
    let token = |name: &str| json!({ "name": name, "label": "Colour", "type": "string" });
    let answer = call(&sandbox, "POST", &tokens, &token("fur.colour")).await;
    assert_eq!(
        (answer.status, &answer.json()["name"]),
        (200, &json!("fur.colour"))
    );
    let path = format!("{tokens}/fur.colour");
    let update = json!({ "label": "Fur", "options": [], "objectPropertyName": "fur" });
    let answer = call(&sandbox, "PUT", &path, &update).await;
    let body = answer.json();
    assert_eq!(
        (answer.status, &body["label"], &body["objectPropertyName"]),
        (200, &json!("Fur"), &json!("fur"))
    );
    assert_eq!(
        call(&sandbox, "DELETE", &path, &Value::Null).await.status,
        204
    );
    assert_eq!(
        call(&sandbox, "DELETE", &path, &Value::Null).await.status,
        404
    );
    assert_eq!(sandbox.templates()[0].tokens.len(), 4);

    let enumeration = json!({ "name": "e", "label": "E", "type": "enumeration", "options": [] });
    for (method, path, body, status, message) in [
        (
            "POST",
            &*tokens,
            token("petName"),
            400,
            "The event template has a token named petName already",
        ),
        ("POST", &tokens, token("log"), 400, "Handlebars"),
        ("POST", &tokens, token("fur colour"), 400, "contains ' '"),
        (
            "POST",
            &tokens,
            json!({ "name": "a", "label": "A", "type": "text" }),
            400,
            "type must be string, number, date or enumeration",
        ),
        (
            "POST",
            &tokens,
            json!({ "name": "a", "type": "string" }),
            400,
            "[label]",
        ),
        ("POST", &tokens, enumeration, 400, "has no options"),
        (
            "POST",
            &format!("{}/tokens", one("1")),
            token("a"),
            404,
            "No event template with id 1",
        ),
        (
            "PUT",
            &format!("{tokens}/petName"),
            json!({}),
            400,
            "[label]",
        ),
        (
            "PUT",
            &format!("{tokens}/petName"),
            json!({ "label": "a", "type": "number" }),
            400,
            "cannot be changed",
        ),
        (
            "PUT",
            &format!("{tokens}/petName"),
            json!({ "label": "a", "name": "b" }),
            400,
            "cannot be changed",
        ),
        (
            "PUT",
            &format!("{tokens}/colour"),
            json!({ "label": "a" }),
            404,
            "no token named colour",
        ),
    ] {
        let answer = call(&sandbox, method, path, &body).await;
        let error = answer.json();
        let said = error["message"].as_str().expect("a message");
        assert_eq!(answer.status, status, "{method} {body}: {said}");
        assert!(said.contains(message), "{method} {body}: {said}");
    }
}

#[tokio::test]
async fn templates_that_are_refused() {
    let sandbox = sandbox().await;
    let changed = |key: &str, value: Value| crate::with(create(), &[(key, value)]);
    let number = json!([{ "name": "petName", "label": "Pet name", "type": "number" }]);
    let many: Vec<Value> = (0..=limits::TOKENS_PER_TEMPLATE)
        .map(|number| json!({ "name": format!("t{number}"), "label": "T", "type": "string" }))
        .collect();
    let update = |keys: Value| {
        let mut body = json!({ "id": TEMPLATE, "name": "Pet adopted", "tokens": [] });
        body.as_object_mut()
            .expect("an object")
            .extend(keys.as_object().expect("an object").clone());
        body
    };
    let path = one(TEMPLATE);
    for (method, path, body, message) in [
        ("POST", ALL, changed("name", Value::Null), "[name]"),
        ("POST", ALL, changed("name", json!("")), "name is empty"),
        (
            "POST",
            ALL,
            changed("objectType", Value::Null),
            "[objectType]",
        ),
        ("POST", ALL, changed("tokens", Value::Null), "[tokens]"),
        ("POST", ALL, changed("tokens", json!(many)), "501 tokens"),
        ("POST", ALL, json!("x"), "the body must be an object"),
        (
            "PUT",
            &path,
            update(json!({ "id": "2" })),
            "not the id in the path",
        ),
        (
            "PUT",
            &path,
            update(json!({ "objectType": "deals" })),
            "cannot be changed",
        ),
        (
            "PUT",
            &path,
            update(json!({ "tokens": number })),
            "cannot be changed",
        ),
        ("PUT", &path, json!({ "name": "x", "tokens": [] }), "[id]"),
    ] {
        let answer = call(&sandbox, method, path, &body).await;
        let error = answer.json();
        let said = error["message"].as_str().expect("a message");
        assert_eq!(answer.status, 400, "{method} {said}");
        assert!(said.contains(message), "{method} {said}");
    }
    assert_eq!(sandbox.templates().len(), 2);
    for number in 2..limits::TEMPLATES_PER_APP {
        assert_eq!(
            call(&sandbox, "POST", ALL, &create()).await.status,
            201,
            "{number}"
        );
    }
    assert_eq!(call(&sandbox, "POST", ALL, &create()).await.status, 400);
}
