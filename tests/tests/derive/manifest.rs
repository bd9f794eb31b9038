//! Types that are compared with a file of templates at compile time: the id comes from the file.

use std::path::Path;

use timeline_core::{
    EventInput, EventTemplate, TemplateFile, TimelineEvent, TimelineFields, TokenEnum,
};

type Name<'a> = Option<&'a str>;

#[derive(Clone, Copy, TokenEnum)]
#[timeline(rename_all = "snake_case")]
enum Kind {
    Cat,
    Dog,
}

#[derive(TimelineEvent)]
#[timeline(
    template = "Pet adopted",
    manifest = "timeline.json",
    header = "{{petName}} found a home"
)]
struct PetAdopted<'a> {
    #[timeline(email)]
    owner: &'a str,
    #[timeline(token = "petName", label = "Pet name")]
    name: Name<'a>,
    #[timeline(token = "petAge", label = "Pet age")]
    age: u8,
    kind: Kind,
    #[timeline(timestamp, token = "adoptedAt", label = "Adopted at")]
    at: std::time::SystemTime,
    #[timeline(token = "isShy")]
    is_shy: bool,
}

#[derive(TimelineFields)]
struct Amount {
    amount: f64,
}

#[derive(TimelineEvent)]
#[timeline(manifest = "timeline.json", manifest_strict)]
enum Event<'a> {
    #[timeline(template = "Deal won", object_type = "deals")]
    Won {
        #[timeline(object_id)]
        deal: u64,
        #[timeline(flatten)]
        amount: Amount,
    },
    #[timeline(template = "Pet adopted", manifest_strict)]
    Adopted {
        #[timeline(email)]
        owner: &'a str,
        #[timeline(token = "petName", label = "Pet name")]
        name: &'a str,
        #[timeline(token = "petAge", label = "Pet age")]
        age: u8,
        #[timeline(token = "adoptedAt", type = "date")]
        adopted_at: i64,
        kind: Kind,
        #[timeline(token = "isShy")]
        is_shy: bool,
    },
}

/// A definition file has no id: the client goes by the event type's name and the template's name.
#[derive(TimelineEvent)]
#[timeline(type_name = "pet_adopted", manifest = "app-events", manifest_strict)]
struct ByDefinition<'a> {
    #[timeline(email)]
    owner: &'a str,
    #[timeline(token = "petName")]
    name: &'a str,
}

#[derive(TimelineEvent)]
#[timeline(template = "Pet adopted", manifest = "app-events/pet-hsmeta.json")]
struct ByOneFile<'a> {
    #[timeline(email)]
    owner: &'a str,
}

/// A generic type is compared as far as its types are known.
#[derive(TimelineEvent)]
#[timeline(template = "Pet adopted", manifest = "timeline.json")]
struct Generic<T> {
    #[timeline(email)]
    owner: String,
    #[timeline(token = "petName")]
    name: T,
}

fn template_id(input: &EventInput<'_>) -> Option<String> {
    input.template_id().map(str::to_owned)
}

#[test]
fn the_id_comes_from_the_file() {
    let pet = PetAdopted {
        owner: "ada@example.com",
        name: Some("Rex"),
        age: 3,
        kind: Kind::Dog,
        at: std::time::SystemTime::UNIX_EPOCH,
        is_shy: true,
    };
    let input = pet.event_input().expect("sound");
    assert_eq!(template_id(&input).as_deref(), Some("1001298"));
    let [template] = &PetAdopted::templates()[..] else {
        panic!("one template");
    };
    assert_eq!(
        (template.id(), &*template.name),
        (Some("1001298"), "Pet adopted")
    );
    let generic = Generic {
        owner: "ada@example.com".to_owned(),
        name: "Rex",
    };
    let input = generic.event_input().expect("sound");
    assert_eq!(template_id(&input).as_deref(), Some("1001298"));
}

#[test]
fn variants_are_compared_one_by_one() {
    let won = Event::Won {
        deal: 7,
        amount: Amount { amount: 12.5 },
    };
    let adopted = Event::Adopted {
        owner: "ada@example.com",
        name: "Rex",
        age: 3,
        adopted_at: 0,
        kind: Kind::Cat,
        is_shy: false,
    };
    for (event, id) in [(won, "1001299"), (adopted, "1001298")] {
        let input = event.event_input().expect("sound");
        assert_eq!(template_id(&input).as_deref(), Some(id));
    }
    let ids = Event::templates();
    let ids: Vec<_> = ids.iter().map(|template| template.id()).collect();
    assert_eq!(ids, [Some("1001299"), Some("1001298")]);
}

#[test]
fn a_definition_gives_no_id() {
    let event = ByDefinition {
        owner: "ada@example.com",
        name: "Rex",
    };
    let input = event.event_input().expect("sound");
    assert_eq!(
        (template_id(&input), input.get_type_name()),
        (None, Some("pet_adopted"))
    );
    let event = ByOneFile {
        owner: "ada@example.com",
    };
    let input = event.event_input().expect("sound");
    assert_eq!(template_id(&input), None);
}

/// The check at run time accepts what the compiler accepts.
#[test]
fn the_same_file_at_run_time() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = TemplateFile::read(here.join("timeline.json")).expect("the templates");
    assert_eq!(file.check(&PetAdopted::templates()), Ok(()));
    let folder = TemplateFile::read(here.join("app-events")).expect("the definitions");
    let mut code = ByDefinition::templates();
    code[0].name = "Pet adopted".to_owned();
    code[0].tokens[0].label = "Pet name".to_owned();
    assert_eq!(folder.check(&code), Ok(()));
}

/// The name finds the definition, and the code gives another event type: all its events would be refused.
#[test]
fn a_definition_of_another_event_type_is_told() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = TemplateFile::read(here.join("app-events")).expect("the definitions");
    let of = |type_name: &str| {
        let templates = file.templates().iter();
        let pet = templates.filter(|template| template.name == "Pet adopted");
        let pet: Vec<EventTemplate> = pet
            .map(|template| template.clone().with_type_name(type_name))
            .collect();
        assert_eq!(pet.len(), 1);
        file.check(&pet)
    };
    for name in ["pet_adopted", "a0001_pet_adopted"] {
        of(name).expect("its uid, or its full name");
    }
    for name in ["pet_adoptd", "pet_returned", "xpet_adopted"] {
        let drift = of(name).expect_err("another one").to_string();
        let why = format!(
            "the definition of this name has the uid \"pet_adopted\", and the code's `type_name` is {name:?}"
        );
        assert!(drift.contains(&why), "{drift}");
    }
}
