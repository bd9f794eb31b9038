//! The credentials that a sandbox takes, and the settings of its token endpoint.

use std::time::Duration;

/// The access token that every sandbox takes unless it is given another one.
pub const ACCESS_TOKEN: &str = "sandbox-access-token";
/// The client id that a sandbox's token endpoint takes unless it is given another one.
pub const CLIENT_ID: &str = "sandbox-client-id";
/// The client secret that goes with [`CLIENT_ID`].
pub const CLIENT_SECRET: &str = "sandbox-client-secret";
/// The refresh token that a sandbox's token endpoint takes unless it is given another one.
pub const REFRESH_TOKEN: &str = "sandbox-refresh-token";
/// The developer API key that a sandbox takes for the paths of templates, and no others, unless it is given another one.
pub const DEVELOPER_KEY: &str = "sandbox-developer-key";

#[derive(Clone, Debug)]
pub(super) struct OauthSettings {
    pub(super) access_token: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) refresh_token: String,
    pub(super) developer_key: String,
    pub(super) any_token: bool,
    pub(super) expires_in: Duration,
    pub(super) rotate: bool,
    pub(super) portal_id: u64,
    pub(super) scopes: Vec<String>,
}

impl Default for OauthSettings {
    fn default() -> Self {
        let scopes = ["oauth", "timeline", "developers-read", "developers-write"];
        OauthSettings {
            access_token: ACCESS_TOKEN.to_owned(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            refresh_token: REFRESH_TOKEN.to_owned(),
            developer_key: DEVELOPER_KEY.to_owned(),
            any_token: false,
            expires_in: Duration::from_secs(1800),
            rotate: false,
            portal_id: 62515,
            scopes: scopes.map(str::to_owned).to_vec(),
        }
    }
}
