//! App events may refuse the names that a page of HubSpot's reserves: a warning, which is an error here.

#![deny(deprecated)]

use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(type_name = "pet_adopted")]
struct PetAdopted {
    #[timeline(email)]
    owner: String,
    domain: String,
    #[timeline(token = "eventTypeId")]
    kind: u32,
    #[timeline(token = "petName")]
    name: String,
}

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298", type_name = "pet_adopted")]
    Adopted {
        #[timeline(email)]
        owner: String,
        tokens: u32,
    },
}

/// v3 reserves none of them.
#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct WithoutTypeName {
    #[timeline(email)]
    owner: String,
    domain: String,
}

#[derive(TimelineEvent)]
#[timeline(type_name = "pet_adopted")]
#[allow(deprecated)]
struct Allowed {
    #[timeline(email)]
    owner: String,
    domain: String,
}

#[derive(TimelineEvent)]
#[timeline(type_name = "pet_adopted")]
struct AllowedOnTheField {
    #[timeline(email)]
    owner: String,
    #[allow(deprecated)]
    domain: String,
}

fn main() {}
