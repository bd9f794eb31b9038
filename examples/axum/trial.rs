//! A HubSpot in this process, for trying the service out.

use std::io;

use timeline_core::Sandbox;

use crate::events::{OrderPlaced, SignedUp};

pub(crate) async fn start() -> io::Result<Sandbox> {
    let sandbox = Sandbox::start().await?;
    sandbox.register::<SignedUp>();
    sandbox.register::<OrderPlaced>();
    println!("HubSpot is a sandbox; its page is {}/", sandbox.base_url());
    Ok(sandbox)
}
