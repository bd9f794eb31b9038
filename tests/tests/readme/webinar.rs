use timeline_core::{Fault, Sandbox, SendBatch, TemplateFile, TimelineEvent};

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

/// HubSpot's answer to listing templates, as `timeline pull` writes it: here TemplateFile::read("timeline.json") in a project.
const TEMPLATES: &str = r#"{"results": [{"id": "1001300", "name": "Webinar attended", "objectType": "contacts",
    "tokens": [{"name": "title", "label": "Title", "type": "string", "options": []}]}]}"#;

#[tokio::test]
async fn the_struct_matches_its_template() -> Result<(), Box<dyn std::error::Error>> {
    let file = TemplateFile::from_json(TEMPLATES)?;
    file.check(&WebinarAttended::templates())?; // the error says what does not match

    let sandbox = Sandbox::start().await?;
    for template in file.templates() {
        sandbox.add_template(template.clone());
    }
    sandbox.client().send(&attended()).await?;
    Ok(())
}
