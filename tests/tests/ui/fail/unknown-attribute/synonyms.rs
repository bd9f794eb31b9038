use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(eventTemplateId = "1001298")]
#[timeline(objectType = "contacts")]
struct Event {
    #[timeline(rename = "mail")]
    mail: String,
    #[timeline(skip_serializing)]
    row: u64,
    #[timeline(skip_serializing_if = "Option::is_none")]
    age: Option<u8>,
    #[timeline(serialize_with = "to_name")]
    name: String,
    #[timeline(hubspotutk)]
    cookie: String,
    #[timeline(extraData)]
    data: u8,
}

fn main() {}
