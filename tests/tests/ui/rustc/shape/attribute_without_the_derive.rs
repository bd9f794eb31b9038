#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
}

fn main() {}
