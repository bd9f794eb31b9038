use timeline_core::{EventTemplate, Sandbox, TimelineEvent};

#[derive(TimelineEvent)]
#[timeline(template_id = "1001300")]
struct WebinarAttended {
    #[timeline(email)]
    attendee: String,
    title: String,
}

// In a file of yours: include_str!("templates.json")
const TEMPLATES: &str = r#"{"results": [{"id": "1001300", "name": "Webinar attended", "objectType": "contacts",
    "tokens": [{"name": "title", "label": "Title", "type": "string", "options": []}]}]}"#;

#[tokio::test]
async fn structs_match_the_templates() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start().await?;
    let mut answer: serde_json::Value = serde_json::from_str(TEMPLATES)?;
    let templates: Vec<EventTemplate> = serde_json::from_value(answer["results"].take())?;
    for template in templates {
        sandbox.add_template(template);
    }

    let attended = WebinarAttended {
        attendee: "ada@example.com".into(),
        title: "Timelines".into(),
    };
    sandbox.client().send(&attended).await?; // an error says what does not match
    Ok(())
}
