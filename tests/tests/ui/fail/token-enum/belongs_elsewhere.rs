use timeline_core::TokenEnum;

#[derive(TokenEnum)]
#[timeline(template_id = "1001298")]
enum Plan {
    Free,
    #[timeline(email)]
    Paid,
}

fn main() {}
