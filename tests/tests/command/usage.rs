//! Wrong usage is an error of ours: exit code 1, and words that say what to do.

use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET};

use crate::{PET, Program, sandbox};

#[test]
fn what_is_missing_is_named() {
    let program = Program::new("usage", None);
    program.write("pet.json", PET);
    for (arguments, says) in [
        (&[][..], "Usage: timeline"),
        (&["pul"], "some similar subcommands exist: 'plan', 'pull'"),
        (&["plan"], "<FILE>"),
        (&["plan", "none.json"], "error: none.json: No such file"),
        (&["plan", "pet.json"], "error: no app: set HUBSPOT_APP_ID"),
        (
            &["event", "1", "2"],
            "error: no credentials: set HUBSPOT_ACCESS_TOKEN, or HUBSPOT_CLIENT_ID",
        ),
        (&["export", "pet.json"], "--output <DIR>"),
    ] {
        let ended = program.ends(arguments, 1);
        let said = ended.out + &ended.err;
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
    let mut program = program;
    program.environment = vec![("HUBSPOT_APP_ID", "seven".to_owned())];
    let said = program.ends(&["plan", "pet.json"], 1).err;
    assert!(
        said.contains("HUBSPOT_APP_ID=\"seven\" is not a number"),
        "{said}"
    );
    program.environment = vec![
        ("HUBSPOT_APP_ID", "7".to_owned()),
        ("HUBSPOT_CLIENT_ID", "an-id".to_owned()),
    ];
    let said = program.ends(&["plan", "pet.json"], 1).err;
    assert!(
        said.contains("HUBSPOT_CLIENT_SECRET and HUBSPOT_REFRESH_TOKEN is not set"),
        "{said}"
    );
}

#[test]
fn every_command_has_help_with_an_example() {
    let program = Program::new("help", None);
    for command in [
        "pull", "check", "plan", "apply", "export", "render", "replay", "event", "sandbox",
    ] {
        let ended = program.ends(&[command, "--help"], 0);
        assert!(
            ended.out.contains(&format!("timeline {command} ")),
            "{}",
            ended.out
        );
        assert!(ended.out.contains("Example"), "{}", ended.out);
    }
    assert!(program.ends(&["--version"], 0).out.starts_with("timeline "));
}

#[tokio::test]
async fn no_secret_is_printed() {
    let sandbox = sandbox().await;
    let mut program = Program::new("secrets", Some(&sandbox));
    program.write("pet.json", PET);
    let secrets = [
        "a-secret-token",
        "a-secret-client-secret",
        "a-secret-refresh-token",
    ];
    for environment in [
        vec![("HUBSPOT_ACCESS_TOKEN", secrets[0].to_owned())],
        vec![
            ("HUBSPOT_CLIENT_ID", CLIENT_ID.to_owned()),
            ("HUBSPOT_CLIENT_SECRET", secrets[1].to_owned()),
            ("HUBSPOT_REFRESH_TOKEN", secrets[2].to_owned()),
        ],
    ] {
        program.environment = environment;
        program.environment.push(("HUBSPOT_APP_ID", "7".to_owned()));
        for arguments in [
            &["plan", "pet.json"][..],
            &["plan", "pet.json", "--json"],
            &["pull"],
        ] {
            let ended = program.ends(arguments, 1);
            let said = ended.out + &ended.err;
            assert!(said.contains("error: "), "{said}");
            for secret in secrets {
                assert!(!said.contains(secret), "{said}");
            }
        }
    }
    // With the right credentials, by OAuth.
    program.environment = vec![
        ("HUBSPOT_APP_ID", "7".to_owned()),
        ("HUBSPOT_CLIENT_ID", CLIENT_ID.to_owned()),
        ("HUBSPOT_CLIENT_SECRET", CLIENT_SECRET.to_owned()),
        ("HUBSPOT_REFRESH_TOKEN", sandbox.refresh_token()),
    ];
    program.ends(&["pull"], 0);
}
