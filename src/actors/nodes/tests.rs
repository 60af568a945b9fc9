use super::*;
use crate::ports::journal::StoreError;
use crate::ports::nodes::new_id;

const LEASE: Span = Span::from_secs(15);

fn node(n: u128) -> NodeId {
    NodeId(Uuid::from_u128(n))
}

fn at(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1_000)
}

fn lease(renewed_at: i64, place: &str) -> NodeLease {
    NodeLease { renewed_at: at(renewed_at), place: place.to_owned(), quiet_until: at(0), stage: Stage::Open }
}

fn nodes() -> Nodes {
    Nodes::sharing(node(1), "here".to_owned(), LEASE)
}

#[test]
fn alone_every_other_node_is_a_former_run() {
    let nodes = Nodes::alone(node(1));
    assert!(!nodes.is_lost(node(1)) && nodes.is_lost(node(2)));
    assert!(nodes.is_my_turn(Uuid::from_u128(7), at(0)));
}

#[test]
fn p6_a_node_is_lost_when_its_lease_was_not_renewed_for_its_length_of_looking() {
    let nodes = nodes();
    for second in 0..=15 {
        assert!(!nodes.on_read(vec![(node(2), lease(0, "there"))], at(second)));
        assert!(!nodes.is_lost(node(2)), "after {second} s");
    }
    assert!(nodes.on_read(vec![(node(2), lease(0, "there"))], at(16)));
    assert!(nodes.is_lost(node(2)));
    assert_eq!((nodes.lost_at(node(2)), nodes.renewed_at(node(2))), (Some(at(16)), Some(at(0))));
    assert!(!nodes.on_read(vec![(node(2), lease(0, "there"))], at(17)), "told once");
    // It was paused.
    assert!(!nodes.on_read(vec![(node(2), lease(18, "there"))], at(18)));
    assert!(!nodes.is_lost(node(2)));
}

#[test]
fn the_time_in_which_one_could_not_read_is_held_against_nobody() {
    let nodes = nodes();
    nodes.on_read(vec![(node(2), lease(0, "there"))], at(0));
    assert!(!nodes.on_read(vec![(node(2), lease(0, "there"))], at(600)));
    assert!(!nodes.is_lost(node(2)));
    for second in 601..=616 {
        nodes.on_read(vec![(node(2), lease(0, "there"))], at(second));
    }
    assert!(nodes.is_lost(node(2)));
}

#[test]
fn the_time_in_which_the_store_took_no_writes_is_held_against_nobody() {
    let nodes = nodes();
    for second in 0..600 {
        // It answers what is read, and for some minutes nobody can renew.
        let renewed_at = if (10..400).contains(&second) { 10 } else { second };
        if renewed_at == second {
            nodes.on_renewed(at(second), Span(0));
        }
        assert!(!nodes.on_read(vec![(node(2), lease(renewed_at, "there"))], at(second)), "after {second} s");
    }
    // Who alone does not renew is lost.
    for second in 600..=615 {
        nodes.on_renewed(at(second), Span(0));
        nodes.on_read(vec![(node(2), lease(599, "there"))], at(second));
    }
    assert!(nodes.is_lost(node(2)));
}

#[test]
fn n10_who_could_not_renew_for_long_is_quiet_as_after_a_start() {
    let nodes = nodes();
    let grace = Span::from_secs(45);
    assert_eq!(nodes.outage(at(999)), None, "before the first renewal the start-up grace is what counts");
    for second in [0, 5, 20] {
        nodes.on_renewed(at(second), grace);
        assert_eq!(nodes.outage(at(second + 5)), None);
    }
    let lasts = Outage { since: at(20), quiet_until: Timestamp::NEVER };
    assert_eq!(nodes.outage(at(26)), Some(lasts), "nobody knows what others do meanwhile");
    nodes.on_renewed(at(36), grace);
    let over = Outage { since: at(20), quiet_until: at(81) };
    assert_eq!(nodes.outage(at(36)), Some(over));
    nodes.on_renewed(at(37), grace);
    assert_eq!(nodes.outage(at(99)), Some(Outage { since: at(37), quiet_until: Timestamp::NEVER }));
    nodes.on_renewed(at(40), grace);
    assert_eq!(nodes.outage(at(40)), Some(over));
}

#[test]
fn a_former_run_in_the_same_place_and_one_that_has_ended_are_lost_at_once() {
    let nodes = nodes();
    let ended = NodeLease { stage: Stage::Ended, ..lease(9, "elsewhere") };
    assert!(nodes.on_read(vec![(node(2), lease(9, "here")), (node(3), ended), (node(4), lease(9, "x"))], at(10)));
    assert_eq!([2, 3, 4].map(|n| nodes.is_lost(node(n))), [true, true, false]);
    assert_eq!(nodes.living(), 2);
}

#[test]
fn one_that_renews_is_no_former_run_whatever_it_is_called() {
    let nodes = nodes();
    nodes.on_read(vec![(node(2), lease(9, "here"))], at(10));
    assert!(nodes.is_lost(node(2)));
    nodes.on_read(vec![(node(2), lease(10, "here"))], at(11));
    assert!(!nodes.is_lost(node(2)));
}

#[test]
fn a_node_that_has_just_come_is_not_taken_for_one_that_is_forgotten() {
    let nodes = nodes();
    nodes.on_read(Vec::new(), at(0));
    assert!(!nodes.is_lost(node(5)), "its devices may be known sooner than itself");
    nodes.on_read(Vec::new(), at(1));
    assert!(!nodes.is_lost(node(5)), "that reading may have begun before");
    assert!(nodes.on_read(Vec::new(), at(2)), "it is told");
    assert!(nodes.is_lost(node(5)));
    assert!(!nodes.is_lost(node(6)));
    nodes.on_read(vec![(node(6), lease(3, "there"))], at(3));
    nodes.on_read(vec![(node(6), lease(4, "there"))], at(4));
    assert!(!nodes.is_lost(node(6)));
}

#[test]
fn p6_one_that_began_long_ago_and_is_in_no_register_is_lost_at_once() {
    let nodes = nodes();
    nodes.on_read(Vec::new(), at(1_000));
    assert!(nodes.is_lost(new_id(at(900))) && !nodes.is_lost(new_id(at(990))));
    let forgotten = new_id(at(900));
    assert_eq!(nodes.last_sign_of_a_stranger(forgotten), Some(at(915)), "no later than its lease could reach");
}

#[test]
fn n10_old_leases_are_forgotten_by_their_own_dates_once_they_are_taken_over() {
    let nodes = nodes();
    let day = 24 * 3_600;
    let ended = NodeLease { stage: Stage::Ended, ..lease(day - 3_700, "x") };
    let leases = vec![(node(2), lease(0, "here")), (node(3), ended), (node(4), lease(day - 3_700, "here"))];
    nodes.on_read(leases.clone(), at(day + 1));
    let for_so_long = Span::from_secs(60);
    // Whoever has just started has not yet read what they held, and dates it to their leases.
    assert_eq!(nodes.forgettable(at(day + 61), for_so_long), []);
    nodes.on_read(leases, at(day + 62));
    assert_eq!(nodes.forgettable(at(day + 62), for_so_long), [node(2), node(3)]);
}

#[test]
fn a_lease_that_cannot_be_read_is_that_of_a_living_node() {
    let nodes = nodes();
    let strange = new_id(at(0));
    let unreadable = vec![(node_key(strange), StoreError::Corrupt("of another shape".to_owned()))];
    nodes.on_read(Leases { known: vec![(node(2), lease(999, "x"))], unreadable }, at(1_000));
    assert!(!nodes.is_lost(strange) && !nodes.is_lost(node(2)));
    assert_eq!(nodes.living(), 3);
    nodes.on_read(vec![(node(2), lease(1_000, "x"))], at(1_001));
    assert!(nodes.is_lost(strange));
}

#[test]
fn one_of_those_who_serve_has_its_turn() {
    let all = [1, 2, 3].map(|n| Nodes::sharing(node(n), format!("{n}"), LEASE));
    let quiet = NodeLease { quiet_until: at(45), ..lease(1, "4") };
    let draining = NodeLease { stage: Stage::Draining, ..lease(1, "5") };
    for nodes in &all {
        let others = (1..=3).map(|n| (node(n), lease(1, &n.to_string())));
        let more = [(node(4), quiet.clone()), (node(5), draining.clone())];
        nodes.on_read(others.chain(more).collect::<Vec<_>>(), at(1));
    }
    let mut turns = [0; 3];
    for what in 0..300 {
        let whose: Vec<usize> = (0..3).filter(|n| all[*n].is_my_turn(Uuid::from_u128(what * 7_919), at(2))).collect();
        assert_eq!(whose.len(), 1);
        turns[whose[0]] += 1;
    }
    assert!(turns.iter().all(|n| *n > 60), "{turns:?}");
}
