use timeline_core::{Fault, Sandbox, SendBatch, TimelineEvent};

#[derive(TimelineEvent)]
#[timeline(template_id = "1001300")]
struct WebinarAttended {
    #[timeline(email)]
    attendee: String,
    title: String,
}

#[tokio::test]
async fn attendance_is_told() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start().await?;
    sandbox.register::<WebinarAttended>();
    sandbox.inject(Fault::status(503));

    let attended = WebinarAttended {
        attendee: "ada@example.com".into(),
        title: "Timelines".into(),
    };
    let report = [attended].send_batch(&sandbox.client()).await?;

    assert_eq!((report.created(), report.retries()), (1, 1));
    assert_eq!(sandbox.events()[0].tokens["title"], "Timelines");
    Ok(())
}
