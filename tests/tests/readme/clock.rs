use std::{sync::Arc, time::Duration};
use timeline_core::{EventInput, EventTemplate, Fault, ObjectType, Sandbox, SendBatch, TestClock};

#[tokio::test]
async fn an_outage_of_a_minute_takes_no_time() -> Result<(), Box<dyn std::error::Error>> {
    let clock = Arc::new(TestClock::new());
    let sandbox = Sandbox::builder().clock(clock).start().await?;
    let template = sandbox.add_template(EventTemplate::new("Visited", ObjectType::Contacts));
    sandbox.inject(Fault::status(503).lasting(Duration::from_secs(60)));

    let visit = EventInput::new(template).email("ada@example.com");
    let report = [visit].send_batch(&sandbox.client()).await?; // the sandbox's clients share its clock

    assert!(report.elapsed() >= Duration::from_secs(60));
    Ok(())
}
