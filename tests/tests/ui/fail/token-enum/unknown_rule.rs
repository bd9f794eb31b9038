use timeline_core::TokenEnum;

#[derive(TokenEnum)]
#[timeline(rename_all = "camelcase")]
enum Plan {
    FreePlan,
    FREEPLAN,
}

#[derive(TokenEnum)]
#[timeline(rename_all = "Title Case")]
enum Other {
    Free,
}

fn main() {}
