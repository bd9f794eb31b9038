use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = 1_001_298)]
struct Underscores(#[timeline(email)] String);

#[derive(TimelineEvent)]
#[timeline(template_id = 1001298u64)]
struct Suffix(#[timeline(email)] String);

#[derive(TimelineEvent)]
#[timeline(template_id = 0x10)]
struct Hexadecimal(#[timeline(email)] String);

#[derive(TimelineEvent)]
#[timeline(template_id = 1.5)]
struct Fraction(#[timeline(email)] String);

#[derive(TimelineEvent)]
#[timeline(template_id = -1)]
struct Negative(#[timeline(email)] String);

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", object_type = 2-3308615)]
struct TypeId(#[timeline(object_id, token = 7_000, label = 0b1)] String);

fn main() {}
