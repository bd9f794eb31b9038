use timeline_core::{EventTemplate, Fault, Sandbox, SendBatch, TimelineEvent};

#[derive(TimelineEvent)]
#[timeline(template_id = "1001300")]
struct WebinarAttended {
    #[timeline(email)]
    attendee: String,
    title: String,
}

fn attended() -> WebinarAttended {
    WebinarAttended {
        attendee: "ada@example.com".into(),
        title: "Timelines".into(),
    }
}

#[tokio::test]
async fn attendance_is_told() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start().await?;
    sandbox.register::<WebinarAttended>();
    sandbox.inject(Fault::status(503));

    let report = [attended()].send_batch(&sandbox.client()).await?;

    assert_eq!((report.created(), report.retries()), (1, 1));
    assert_eq!(sandbox.events()[0].tokens["title"], "Timelines");
    Ok(())
}

/// HubSpot's answer to `GET /integrators/timeline/v3/{appId}/event-templates`; in a file: include_str!("templates.json").
const TEMPLATES: &str = r#"{"results": [{"id": "1001300", "name": "Webinar attended", "objectType": "contacts",
    "tokens": [{"name": "title", "label": "Title", "type": "string", "options": []}]}]}"#;

#[tokio::test]
async fn the_struct_matches_its_template() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start().await?;
    let mut answer: serde_json::Value = serde_json::from_str(TEMPLATES)?;
    let templates: Vec<EventTemplate> = serde_json::from_value(answer["results"].take())?;
    for template in templates {
        sandbox.add_template(template);
    }

    sandbox.client().send(&attended()).await?; // the error says what does not match
    Ok(())
}
