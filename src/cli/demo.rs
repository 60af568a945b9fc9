//! `doorbell demo`: a server on a throw-away store, with people in it.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use super::args::DemoArgs;
use super::{CliError, log};
use crate::app;
use crate::demo::world::{self, World};
use crate::settings::{Server, Settings, StoreUrl};

/// Where the demo is tried first; if something listens there, any free port will do.
const USUAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

/// Serves the throw-away world until it is told to stop.
///
/// # Errors
/// Where it cannot start: the address is in use.
pub async fn run(args: DemoArgs, mut settings: Settings) -> Result<(), CliError> {
    log::start(&settings.log)?;
    let failed = |why: &dyn std::fmt::Display| CliError::Failed(why.to_string());
    let listener = listen(args.bind, settings.server.backlog)?;
    let address = listener.local_addr().map_err(|why| failed(&why))?;
    settings.server.bind = address;
    settings.server.public_url = Server::url_of(address);
    settings.server.drain = std::time::Duration::from_millis(200);
    world::hurry(&mut settings);
    let folder = Folder::make().map_err(|why| failed(&why))?;
    settings.store.url = StoreUrl::Sqlite(folder.0.join("demo.db"));
    let store = app::open_store(&settings, app::OpenMode::Server).map_err(|why| failed(&why))?;
    let world = Arc::new(world::populate(&store.store).await.map_err(|why| failed(&why))?);
    let url = settings.server.public_url.clone();
    let opened = || tell(&url, &world);
    app::serve_demo(&settings, listener, store, &world, opened).await.map_err(|why| failed(&why))
}

fn listen(bind: Option<SocketAddr>, backlog: u32) -> Result<TcpListener, CliError> {
    let free = SocketAddr::new(USUAL.ip(), 0);
    let listener = match bind {
        Some(address) => app::listen(address, backlog),
        None => app::listen(USUAL, backlog).or_else(|_| app::listen(free, backlog)),
    };
    listener.map_err(|why| CliError::Failed(why.to_string()))
}

/// A folder that is gone when the demo is.
struct Folder(PathBuf);

impl Folder {
    fn make() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("doorbell-demo-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(why) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(path = %self.0.display(), %why, "the demo's folder could not be removed");
        }
    }
}

/// What to open, who to be, and what to try.
fn tell(url: &str, world: &World) {
    let mut text = format!(
        "\n  doorbell demo: everything is made up, and gone when you stop it (Ctrl+C)\n\n\
         \x20 start here     {url}/demo\n\
         \x20 the shop       {url}/demo/visitor.html\n\
         \x20 a desk         {url}/demo/desk.html\n\
         \x20 a phone        {url}/demo/phone.html\n\
         \x20 the mailbox    {url}/demo/mailbox.html\n\n"
    );
    for operator in &world.operators {
        text.push_str(&format!(
            "  log in as {:<6} {:<16}  password {}  ({})\n",
            operator.name,
            operator.email,
            operator.password,
            operator.groups.join(", "),
        ));
    }
    let seconds = world.delays.offline_s;
    text.push_str(&format!(
        "\n  the story: write something in the shop while nobody is online. In {seconds} seconds everybody who answers for it\n\
         \x20 has one mail in the mailbox, unless somebody comes online, opens it, joins, replies or closes it first.\n\
         \x20 The mailbox and the desks say why each of them did, or did not, get one.\n\n"
    ));
    // Nobody reads it where nobody listens.
    let _ = std::io::stdout().write_all(text.as_bytes());
    let _ = std::io::stdout().flush();
}
