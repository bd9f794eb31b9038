//! Token names, labels and properties.

use timeline_core::TimelineEvent;

use crate::{json, tokens};

macro_rules! renamed {
    ($($test:ident $rule:literal: $pet:literal $pet_age:literal $private:literal;)*) => {$(
        #[test]
        fn $test() {
            #[derive(TimelineEvent)]
            #[timeline(template_id = "7", rename_all = $rule)]
            struct Renamed {
                #[timeline(email)]
                owner_mail: &'static str,
                pet: u8,
                pet_age: u8,
                _for_us: u8,
                #[timeline(token = "as_it_is")]
                explicit: u8,
            }

            let event = Renamed { owner_mail: "a@b.c", pet: 1, pet_age: 2, _for_us: 3, explicit: 4 };
            assert_eq!(
                json(&event),
                format!(
                    r#"{{"eventTemplateId":"7","email":"a@b.c","tokens":{{"{}":"1","{}":"2","{}":"3","as_it_is":"4"}}}}"#,
                    $pet, $pet_age, $private,
                )
            );
            assert_eq!(
                tokens::<Renamed>(),
                [
                    concat!($pet, ": Pet (number)"),
                    concat!($pet_age, ": Pet age (number)"),
                    concat!($private, ": For us (number)"),
                    "as_it_is: Explicit (number)",
                ]
            );
        }
    )*};
}

renamed! {
    lower_case "lowercase": "pet" "pet_age" "_for_us";
    upper_case "UPPERCASE": "PET" "PET_AGE" "_FOR_US";
    pascal_case "PascalCase": "Pet" "PetAge" "ForUs";
    camel_case "camelCase": "pet" "petAge" "forUs";
    snake_case "snake_case": "pet" "pet_age" "_for_us";
    screaming_snake_case "SCREAMING_SNAKE_CASE": "PET" "PET_AGE" "_FOR_US";
    kebab_case "kebab-case": "pet" "pet-age" "-for-us";
    screaming_kebab_case "SCREAMING-KEBAB-CASE": "PET" "PET-AGE" "-FOR-US";
}

#[test]
fn a_raw_identifier_is_named_without_its_prefix() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct r#Struct {
        #[timeline(email)]
        r#as: &'static str,
        r#type: u8,
        #[timeline(r#token = "kind")]
        r#match: u8,
    }

    assert_eq!(
        json(&r#Struct {
            r#as: "a@b.c",
            r#type: 1,
            r#match: 2
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"type":"1","kind":"2"}}"#
    );
    assert_eq!(
        tokens::<r#Struct>(),
        ["type: Type (number)", "kind: Match (number)"]
    );
}

#[test]
fn labels_and_properties() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", rename_all = "camelCase")]
    struct Labels {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(label = "Name of the \"pet\"", property = "pet_name")]
        pet_name: &'static str,
        #[timeline(property = "age")]
        age_in_years: u8,
        #[timeline(token = "x.y-z_1", label = "größe 🐕")]
        size: u8,
    }

    assert_eq!(
        json(&Labels {
            owner: "a@b.c",
            pet_name: "Rex",
            age_in_years: 3,
            size: 4
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"petName":"Rex","ageInYears":"3","x.y-z_1":"4"}}"#
    );
    assert_eq!(
        tokens::<Labels>(),
        [
            "petName: Name of the \"pet\" (string) -> pet_name",
            "ageInYears: Age in years (number) -> age",
            "x.y-z_1: größe 🐕 (number)"
        ]
    );
}

#[test]
fn a_field_name_that_is_not_ascii_takes_a_token_name() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Größe {
        #[timeline(email)]
        empfänger: &'static str,
        #[timeline(token = "groesse")]
        größe: u8,
    }

    assert_eq!(
        json(&Größe {
            empfänger: "a@b.c",
            größe: 4
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"groesse":"4"}}"#
    );
    assert_eq!(tokens::<Größe>(), ["groesse: Größe (number)"]);
}

#[test]
fn names_that_only_look_reserved_or_equal() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    #[allow(non_snake_case)]
    struct Near {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(token = "Log")]
        log: u8,
        lookup2: u8,
        petName: u8,
        pet_name: u8,
        // A role's name is no token, so another field may have it.
        #[timeline(token = "owner")]
        other: u8,
        // A skipped field takes no name.
        #[timeline(skip)]
        lookup: (),
    }

    let event = Near {
        owner: "a@b.c",
        log: 1,
        lookup2: 2,
        petName: 3,
        pet_name: 4,
        other: 5,
        lookup: (),
    };
    let () = event.lookup;
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"Log":"1","lookup2":"2","petName":"3","pet_name":"4","owner":"5"}}"#
    );
}
