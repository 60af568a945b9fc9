//! What is understood, and how long a relay may take, in simulated time.

use tokio::io::{DuplexStream, duplex};
use tokio::time::{Instant, sleep};

use super::super::Timeouts;
use super::*;

/// A conversation that has come up to MAIL, and the other side of it.
fn begun() -> (Dialogue, BufReader<DuplexStream>) {
    let (ours, theirs) = duplex(64 * 1024);
    let options = Arc::new(Options { timeouts: Timeouts::default(), ..Options::default() });
    let stream: BufReader<Box<dyn Stream>> = BufReader::new(Box::new(ours));
    let server = "mx.acme.test".to_owned();
    (Dialogue { stream, options, server, state: State::Clean, letters: 0, encryption: None }, BufReader::new(theirs))
}

async fn heard(relay: &mut BufReader<DuplexStream>, end: &str) {
    let mut line = String::new();
    while !line.starts_with(end) {
        line.clear();
        assert_ne!(relay.read_line(&mut line).await.unwrap_or_default(), 0, "{end} never came");
    }
}

async fn says(relay: &mut BufReader<DuplexStream>, answer: &str) {
    // Whom nobody waits for any more speaks in vain.
    let _ = relay.write_all(answer.as_bytes()).await;
}

fn envelope() -> Envelope {
    Envelope { from: "notify@acme.test".to_owned(), to: "anna@acme.test".to_owned() }
}

#[tokio::test(start_paused = true)]
async fn e4_the_answer_to_the_dot_is_waited_for_ten_minutes() {
    for (secs, wanted) in [(0, "taken"), (300, "taken"), (599, "taken"), (601, "unknown"), (3_600, "unknown")] {
        let (mut dialogue, mut relay) = begun();
        let slow = async {
            heard(&mut relay, ".\r\n").await;
            sleep(Duration::from_secs(secs)).await;
            says(&mut relay, "250 2.0.0 Ok\r\n").await;
        };
        let began = Instant::now();
        let letter = async { (dialogue.deliver(b"Subject: hi\r\n\r\nHello\r\n").await, began.elapsed()) };
        let ((delivery, took), ()) = tokio::join!(letter, slow);
        let got = match delivery {
            Delivery::Accepted(_) => "taken",
            Delivery::Unknown(_) => "unknown",
            other => panic!("{other:?}"),
        };
        assert_eq!(got, wanted, "after {secs} s");
        assert_eq!(took.as_secs(), secs.min(600));
        assert_eq!(dialogue.is_clean(), wanted == "taken", "what is answered too late is no answer to the next letter");
    }
}

#[tokio::test(start_paused = true)]
async fn data_is_waited_for_two_minutes_and_everything_before_it_one() {
    for (command, answer, limit) in [("MAIL", "250 Ok", 60), ("RCPT", "250 Ok", 60), ("DATA", "354 Go on", 120)] {
        for (secs, opens) in [(limit - 1, true), (limit + 1, false)] {
            let (mut dialogue, mut relay) = begun();
            let slow = async {
                for (other, answer_to_other) in [("MAIL", "250 Ok"), ("RCPT", "250 Ok"), ("DATA", "354 Go on")] {
                    let mut line = String::new();
                    if relay.read_line(&mut line).await.unwrap_or_default() == 0 {
                        return;
                    }
                    assert!(line.starts_with(other), "{line}");
                    if other == command {
                        sleep(Duration::from_secs(secs)).await;
                        return says(&mut relay, &format!("{answer}\r\n")).await;
                    }
                    says(&mut relay, &format!("{answer_to_other}\r\n")).await;
                }
            };
            let offer = async {
                let offered = dialogue.offer(&envelope()).await;
                // What is not the command in question is not answered any more: only this one's patience counts.
                offered.err().map(|refusal| refusal.reply().phase)
            };
            let began = Instant::now();
            let (refused_at, ()) = tokio::join!(offer, slow);
            let phases = [("MAIL", Phase::Mail), ("RCPT", Phase::Rcpt), ("DATA", Phase::Data)];
            let own = phases.iter().find(|(name, _)| *name == command).map(|(_, phase)| *phase);
            assert_eq!(refused_at == own, !opens, "{command} after {secs} s: {refused_at:?}");
            assert!(began.elapsed().as_secs() >= secs.min(limit));
        }
    }
}

#[test]
fn what_a_server_offers_is_read_in_any_spelling() {
    let offers = Offers::of("250-mx.test\n250-starttls\n250-AUTH=LOGIN\n250 AUTH PLAIN XOAUTH2");
    assert!(offers.starttls && offers.plain && offers.login);
    let nothing = Offers::of("250 STARTTLS");
    assert!(!nothing.starttls, "the first line is the server's name");
}
