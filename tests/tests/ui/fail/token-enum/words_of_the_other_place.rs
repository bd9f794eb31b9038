use timeline_core::TokenEnum;

#[derive(TokenEnum)]
#[timeline(value = "plan", label = "Plan")]
enum Plan {
    #[timeline(token = "free")]
    Free,
    #[timeline(rename_all = "lowercase")]
    Pro,
}

fn main() {}
