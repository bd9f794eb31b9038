use timeline_core::TokenEnum;

#[derive(TokenEnum)]
#[timeline(rename_all = "lowercase")]
#[timeline(rename_all = "UPPERCASE")]
enum Plan {
    #[timeline(label = "Free plan", label = "Free")]
    Free,
    #[timeline(value = "a")]
    #[timeline(value = "b")]
    Paid,
}

fn main() {}
