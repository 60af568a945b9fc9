//! Records as the standard and real life have them.

use super::super::answers::world::World;
use super::*;

const SENDER: &str = "notify@example.com";

fn check(world: &World, address: &str) -> Outcome {
    let judged = world.judge(|answers| judge(answers, "example.com", SENDER, &[address.parse().unwrap()]));
    judged.unwrap().addresses.remove(0).1
}

fn of(record: &'static str) -> World {
    World(vec![
        ("TXT", "example.com", record),
        // The zone of RFC 7208, appendix A.
        ("MX", "example.com", "mail-a.example.com"),
        ("MX", "example.com", "mail-b.example.com"),
        ("A", "example.com", "192.0.2.10"),
        ("A", "example.com", "192.0.2.11"),
        ("A", "mail-a.example.com", "192.0.2.129"),
        ("A", "mail-b.example.com", "192.0.2.130"),
        ("MX", "example.org", "mail-c.example.org"),
        ("A", "mail-c.example.org", "192.0.2.140"),
        ("PTR", "10.2.0.192.in-addr.arpa", "example.com"),
        ("PTR", "65.2.0.192.in-addr.arpa", "amy.example.com"),
        ("A", "amy.example.com", "192.0.2.65"),
        ("TXT", "good.com", "v=spf1 ip4:198.51.100.0/24 -all"),
        ("TXT", "self.com", "v=spf1 include:self.com -all"),
        ("A", "10.2.0.192.in-addr._spf.example.com", "127.0.0.2"),
        ("FAIL", "down.com", ""),
    ])
}

/// The examples of RFC 7208, appendix A.1, and others like them.
#[test]
fn an_address_passes_that_the_record_names() {
    for (record, address, outcome) in [
        ("v=spf1 +all", "203.0.113.1", Outcome::Pass),
        ("v=spf1 a -all", "192.0.2.10", Outcome::Pass),
        ("v=spf1 a -all", "192.0.2.12", Outcome::Fail),
        ("v=spf1 a:example.org -all", "192.0.2.10", Outcome::Fail),
        ("v=spf1 mx -all", "192.0.2.129", Outcome::Pass),
        ("v=spf1 mx -all", "192.0.2.140", Outcome::Fail),
        ("v=spf1 mx:example.org -all", "192.0.2.140", Outcome::Pass),
        ("v=spf1 mx mx:example.org -all", "192.0.2.140", Outcome::Pass),
        ("v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.131", Outcome::Pass),
        ("v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.142", Outcome::Pass),
        ("v=spf1 ptr -all", "192.0.2.10", Outcome::Pass),
        ("v=spf1 ptr -all", "192.0.2.65", Outcome::Pass),
        ("v=spf1 ptr -all", "192.0.2.140", Outcome::Fail),
        ("v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.129", Outcome::Pass),
        ("v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.65", Outcome::Fail),
        ("v=spf1 ip4:0.0.0.0/0 -all", "192.0.2.65", Outcome::Pass),
        ("v=spf1 ip6:2001:db8::/32 ~all", "2001:db8:5::1", Outcome::Pass),
        ("v=spf1 ip6:2001:db8::/32 ~all", "2001:db9::1", Outcome::SoftFail),
        ("v=spf1 ip4:192.0.2.1 -all", "::ffff:192.0.2.1", Outcome::Pass),
        ("v=spf1 include:good.com -all", "198.51.100.7", Outcome::Pass),
        ("v=spf1 include:good.com ~all", "198.51.101.7", Outcome::SoftFail),
        ("v=spf1 redirect=good.com", "198.51.100.7", Outcome::Pass),
        ("v=spf1 redirect=good.com", "192.0.2.1", Outcome::Fail),
        ("v=spf1 redirect=nowhere.com ?all", "192.0.2.1", Outcome::Neutral),
        ("v=spf1 exists:%{ir}.%{v}._spf.%{d} -all", "192.0.2.10", Outcome::Pass),
        ("v=spf1 exists:%{ir}.%{v}._spf.%{d} -all", "192.0.2.11", Outcome::Fail),
        ("V=SPF1 A -ALL", "192.0.2.10", Outcome::Pass),
        ("v=spf1", "192.0.2.10", Outcome::Neutral),
        ("v=spf1  a   -all ", "192.0.2.10", Outcome::Pass),
        ("v=spf1 foo=bar -a ?all", "192.0.2.10", Outcome::Fail),
        ("v=spf10 +all", "192.0.2.10", Outcome::None),
    ] {
        assert_eq!(check(&of(record), address), outcome, "{record} for {address}");
    }
}

#[test]
fn what_is_broken_says_where() {
    for (record, said) in [
        ("v=spf1 ipv4:192.0.2.1 -all", "ipv4:192.0.2.1"),
        ("v=spf1 ip4:192.0.2.300 -all", "no address"),
        ("v=spf1 ip4:192.0.2.1/33 -all", "/33"),
        ("v=spf1 ip4:192.0.2.1/024 -all", "/024"),
        ("v=spf1 ip4:2001:db8::1 -all", "no address"),
        ("v=spf1 a:192.0.2.1 -all", "ip4:"),
        ("v=spf1 a/129 -all", "/129"),
        ("v=spf1 include -all", "no domain"),
        ("v=spf1 include: -all", "no domain"),
        ("v=spf1 include:localhost -all", "localhost"),
        ("v=spf1 -all:x", "all"),
        ("v=spf1 redirect=a.com redirect=b.com", "twice"),
        ("v=spf1 exists:%{x}.com -all", "macro"),
        ("v=spf1,a -all", ""),
        ("v=spf1 include:nowhere.com -all", "without SPF"),
        ("v=spf1 redirect=nowhere.com", "without SPF"),
        ("v=spf1 include:self.com -all", "look-ups"),
        ("v=spf1 a:no1.com a:no2.com a:no3.com -all", "do not exist"),
    ] {
        match check(&of(record), "192.0.2.1") {
            Outcome::Broken(why) => assert!(why.contains(said), "{record}: {why}"),
            Outcome::None if said.is_empty() => {}
            other => panic!("{record}: {other:?}"),
        }
    }
}

#[test]
fn of_two_records_neither_counts() {
    let mut world = of("v=spf1 a -all");
    world.0.push(("TXT", "example.com", "v=spf1 mx -all"));
    world.0.push(("TXT", "example.com", "google-site-verification=x"));
    assert!(matches!(check(&world, "192.0.2.10"), Outcome::Broken(why) if why.contains("more than one")));
    let report = world.judge(|answers| judge(answers, "example.com", SENDER, &[])).unwrap();
    assert_eq!(report.texts.len(), 2);
    assert!(report.record.is_err() && !report.covers_all());
    assert_eq!(merged(&report.texts), "v=spf1 a mx ~all");
}

#[test]
fn look_ups_are_counted_also_beyond_the_bound() {
    let report = |record| of(record).judge(|answers| judge(answers, "example.com", SENDER, &[])).unwrap();
    let few = report("v=spf1 a mx include:good.com ip4:192.0.2.1 -all");
    assert_eq!((few.lookups, few.nobody), (3, Outcome::Fail));
    let many = report("v=spf1 a a a a a a a a a a mx ?all");
    assert_eq!((many.lookups, many.nobody), (11, Outcome::Neutral));
    assert!(matches!(check(&of("v=spf1 mx mx mx mx mx mx mx mx mx mx mx ?all"), "203.0.113.1"), Outcome::Broken(_)));
    let ever = report("v=spf1 include:self.com -all");
    assert!(ever.lookups > LOOKUPS_MAX && matches!(ever.nobody, Outcome::Broken(_)));
}

/// As large providers have it: the record of each address has a name of its own.
#[test]
fn a_name_that_depends_on_the_address_is_not_missing_before_there_is_one() {
    let mut world = of("v=spf1 include:%{ir}.%{v}.%{d}.spf.good.com ~all");
    world.0.push(("TXT", "7.100.51.198.in-addr.example.com.spf.good.com", "v=spf1 ip4:198.51.100.7 -all"));
    let judged = world.judge(|answers| judge(answers, "example.com", SENDER, &["198.51.100.7".parse().unwrap()]));
    let report = judged.unwrap();
    assert_eq!((report.nobody.clone(), report.lookups), (Outcome::SoftFail, 1));
    assert!(report.covers_all());
}

#[test]
fn a_look_up_that_failed_is_no_verdict() {
    let world = of("v=spf1 include:down.com -all");
    let judged = world.judge(|answers| judge(answers, "example.com", SENDER, &["192.0.2.1".parse().unwrap()]));
    assert!(judged.is_err_and(|why| why.contains("down.com")));
}

#[test]
fn what_is_missing_is_put_where_it_counts() {
    let more = [term("192.0.2.7".parse().unwrap()), term("2001:db8::7".parse().unwrap())];
    for (text, added) in [
        ("v=spf1 mx -all", "v=spf1 mx ip4:192.0.2.7 ip6:2001:db8::7 -all"),
        ("v=spf1 a redirect=good.com", "v=spf1 a ip4:192.0.2.7 ip6:2001:db8::7 redirect=good.com"),
        ("v=spf1 a", "v=spf1 a ip4:192.0.2.7 ip6:2001:db8::7"),
    ] {
        assert_eq!(with_added(text, &more), added);
        assert_eq!(check(&of(added), "192.0.2.7"), Outcome::Pass, "{added}");
    }
}

#[test]
fn what_a_redirect_names_still_counts_in_one_record() {
    let two = ["v=spf1 Redirect=good.com", "v=spf1 ip4:192.0.2.7 -all"].map(str::to_owned);
    let one = merged(&two);
    assert_eq!(one, "v=spf1 include:good.com ip4:192.0.2.7 ~all");
    let world = World(vec![("TXT", "example.com", one.leak()), ("TXT", "good.com", "v=spf1 ip4:198.51.100.0/24 -all")]);
    for address in ["198.51.100.7", "192.0.2.7"] {
        assert_eq!(check(&world, address), Outcome::Pass, "{address}");
    }
}

#[test]
fn a_modifier_that_means_nothing_is_remembered() {
    let record: Record = "v=spf1 include=good.com mx ~all".parse().unwrap();
    assert_eq!(record.unknown, ["include"]);
    assert_eq!(record.all(), Some(Qualifier::SoftFail));
}
