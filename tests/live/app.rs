//! A mobile app's day: the example of docs/mobile.md against a real server.

#[path = "../../examples/mobile/client.rs"]
mod client;
#[path = "../../examples/mobile/day.rs"]
mod day;

use crate::house::Server;
use crate::people::PASSWORD;

#[tokio::test]
async fn an_apps_day_goes_as_documented() {
    // A grace in which a busy machine has time to come back, and no mail in between.
    let server = Server::start(&[("notifications.offline_delay", "'2m'"), ("presence.grace", "'2s'")]).await;
    let account = server.account("standard", 1).await;
    let mut told = Vec::new();
    let mut say = |line| told.push(line);
    let url = server.url();
    let day = day::spend(&url, &account.operators[0].email, PASSWORD, &mut say);
    let spent = tokio::task::LocalSet::new().run_until(day).await;
    assert!(spent.is_ok(), "{}\n{}", told.join("\n"), spent.unwrap_err());
    let looks = told.iter().filter(|line| line.starts_with("    ")).count();
    assert_eq!(looks, 14, "each step was looked at: {told:#?}");
}
