//! Which box a widget shows while conversations and groups come and go (rules N9, N13).

use std::sync::Arc;

use doorbell::actors::api::{ChangeSettings, Changed};
use doorbell::domain::account::{Account, Group, Operator, Plan};
use doorbell::domain::ids::{GroupId, OperatorId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{Peer, World, calm};

/// The admin and the group of those who are there; a colleague and the group of those who are not.
struct Groups {
    here: GroupId,
    away: GroupId,
}

async fn changed(world: &World, change: impl Fn(&mut Account) + Send + Sync + 'static) {
    let change = move |account: &mut Account, _| {
        change(account);
        Ok(Changed::default())
    };
    world.known.accounts.ask(world.known.account, ChangeSettings(Arc::new(change))).await.unwrap();
}

async fn two_groups(world: &World) -> Groups {
    let (here, away) = (GroupId(Uuid::now_v7()), GroupId(Uuid::now_v7()));
    let colleague = OperatorId(Uuid::now_v7());
    changed(world, move |account| {
        let admin = account.operators[0].clone();
        account.plan = Plan::Pro;
        account.groups = vec![
            Group { id: here, name: "Here".into(), operators: vec![admin.id] },
            Group { id: away, name: "Away".into(), operators: vec![colleague] },
        ];
        account.operators.push(Operator { id: colleague, email: "away@shop.test".into(), ..admin });
    })
    .await;
    Groups { here, away }
}

async fn visitor_of(world: &World, group: GroupId) -> (Peer, Value) {
    let mut visitor = world.connect("/ws/visitor").await;
    visitor.tell(json!({"type": "hello", "key": world.known.key, "group": group})).await;
    let welcome = visitor.next_of("welcome").await;
    (visitor, welcome)
}

async fn shown(visitor: &mut Peer) -> Value {
    visitor.next_of("chat").await["status"].clone()
}

#[actix_rt::test]
async fn n13_a_closed_conversation_shows_the_box_of_its_page_and_one_that_goes_on_its_own() {
    let world = World::start(calm());
    let groups = two_groups(&world).await;
    let (mut operator, _) = world.operator("desk").await;
    let (mut visitor, welcome) = visitor_of(&world, groups.here).await;
    assert_eq!(welcome["chat"]["status"], "online");
    let token = &welcome["visitor"]["token"];
    let written = visitor.ask(json!({"type": "message", "text": "one", "client_id": "1"})).await;
    let conversation = written["conversation"].clone();
    operator.ask(json!({"type": "transfer", "conversation": conversation, "group": groups.away})).await;
    assert_eq!(shown(&mut visitor).await, "offline");
    operator.ask(json!({"type": "close", "conversation": conversation})).await;
    assert_eq!(shown(&mut visitor).await, "online");

    // Handing on what is closed changes no widget: the next frame about a box is that of the page.
    operator.ask(json!({"type": "transfer", "conversation": conversation, "group": groups.away})).await;
    visitor.tell(json!({"type": "group", "group": groups.here})).await;
    assert_eq!(shown(&mut visitor).await, "online");

    // A tab on a page of the other group begins it anew: the first one shows the conversation's box again, and both agree.
    let mut tab = world.connect("/ws/visitor").await;
    let hello = json!({"type": "hello", "key": world.known.key, "visitor": token, "group": groups.away});
    tab.tell(hello).await;
    assert_eq!(tab.next_of("welcome").await["chat"]["status"], "offline");
    tab.ask(json!({"type": "message", "text": "two", "client_id": "2"})).await;
    assert_eq!(shown(&mut visitor).await, "offline");
}

#[actix_rt::test]
async fn n9_widgets_show_the_accounts_box_as_soon_as_their_group_counts_for_nothing() {
    let world = World::start(calm());
    let groups = two_groups(&world).await;
    let (_operator, _) = world.operator("desk").await;
    let (mut looks, welcome) = visitor_of(&world, groups.away).await;
    let (mut talks, _) = visitor_of(&world, groups.away).await;
    talks.ask(json!({"type": "message", "text": "one", "client_id": "1"})).await;
    assert_eq!(welcome["chat"]["status"], "offline");
    changed(&world, |account| account.plan = Plan::Standard).await;
    assert_eq!((shown(&mut looks).await, shown(&mut talks).await), ("online".into(), "online".into()));
    changed(&world, |account| account.plan = Plan::Pro).await;
    assert_eq!((shown(&mut looks).await, shown(&mut talks).await), ("offline".into(), "offline".into()));
    let away = groups.away;
    changed(&world, move |account| account.groups.retain(|group| group.id != away)).await;
    assert_eq!((shown(&mut looks).await, shown(&mut talks).await), ("online".into(), "online".into()));
}
