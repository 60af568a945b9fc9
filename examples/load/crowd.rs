//! Many visitors who connect and stay, and note which state their box shows.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::rc::Rc;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, spawn_local};

use crate::socket::{Mouth, Socket, Then};
use crate::target::Target;
use crate::{Outcome, PATIENCE};

/// Visitors who are connected.
pub(crate) struct Crowd {
    pub(crate) visitors: Vec<Visitor>,
    /// How long each took until it was welcome.
    pub(crate) took: Vec<Duration>,
    /// How many were not let in.
    pub(crate) refused: usize,
    pub(crate) board: Rc<Board>,
}

/// A visitor who stays.
pub(crate) struct Visitor {
    pub(crate) mouth: Mouth,
    /// By which they are known when they come back.
    pub(crate) token: Option<String>,
    stays: JoinHandle<()>,
}

/// Which state the boxes show.
#[derive(Default)]
pub(crate) struct Board {
    shown: RefCell<Vec<Option<bool>>>,
    /// How many show offline, and online.
    counts: Cell<[usize; 2]>,
    /// How often any of them was told.
    pub(crate) told: Cell<usize>,
    /// How many pongs there were.
    pub(crate) pongs: Cell<usize>,
    /// When the last one was told, and the first one since [`Board::begin`].
    pub(crate) last_at: Cell<Option<Instant>>,
    pub(crate) first_at: Cell<Option<Instant>>,
    pub(crate) news: Notify,
    /// How many of a kind somebody waits for.
    awaited: Cell<usize>,
}

impl Board {
    /// Counts anew who is told first.
    pub(crate) fn begin(&self) {
        self.first_at.set(None);
    }

    /// How many show this state.
    pub(crate) fn show(&self, online: bool) -> usize {
        self.counts.get()[usize::from(online)]
    }

    /// Ends when so many show this state.
    ///
    /// # Errors
    /// Nobody hears anything any more.
    pub(crate) async fn all_show(&self, online: bool, number: usize) -> Outcome<()> {
        self.awaited.set(number);
        while self.show(online) < number {
            let told = self.told.get();
            let heard = tokio::time::timeout(PATIENCE, self.news.notified()).await;
            if heard.is_err() && self.told.get() == told {
                let heard = self.show(online);
                return Err(format!("only {heard} of {number} visitors heard that the box is online: {online}").into());
            }
        }
        Ok(())
    }

    fn take_in(&self, place: usize, text: &str) {
        if text.starts_with(r#"{"type":"pong""#) {
            self.pongs.set(self.pongs.get() + 1);
            return self.news.notify_one();
        }
        if text.starts_with(r#"{"type":"chat""#) {
            self.told.set(self.told.get() + 1);
            self.turn(place, text.contains(r#""status":"online""#));
        }
    }

    fn turn(&self, place: usize, online: bool) {
        let now = Instant::now();
        let mut shown = self.shown.borrow_mut();
        let before = shown[place].replace(online);
        let mut counts = self.counts.get();
        if let Some(before) = before {
            counts[usize::from(before)] -= 1;
        }
        counts[usize::from(online)] += 1;
        self.counts.set(counts);
        self.last_at.set(Some(now));
        self.first_at.set(self.first_at.get().or(Some(now)));
        if counts[usize::from(online)] >= self.awaited.get() {
            self.news.notify_one();
        }
    }
}

impl Crowd {
    /// Connects so many over the keys of the target, `per_second` of them, or all at once; with the tokens of an earlier visit.
    pub(crate) async fn gather(
        target: &Target,
        number: usize,
        per_second: Option<u32>,
        tokens: &[Option<String>],
    ) -> Outcome<Self> {
        let board = Rc::new(Board::default());
        board.shown.replace(vec![None; number]);
        let mut pace = per_second.map(|rate| tokio::time::interval(Duration::from_secs(1) / rate));
        let bar = crate::progress(number as u64, "visitors connected");
        let mut arrivals = Vec::with_capacity(number);
        for place in 0..number {
            if let Some(pace) = &mut pace {
                pace.tick().await;
            }
            let (key, token) = (target.key(place).widget.clone(), tokens.get(place).cloned().flatten());
            let come = come(target.address, key, token, place, Rc::clone(&board), bar.clone());
            arrivals.push(spawn_local(tokio::time::timeout(PATIENCE, come)));
        }
        let (mut visitors, mut took, mut refused) = (Vec::with_capacity(number), Vec::with_capacity(number), 0);
        for arrival in arrivals {
            match arrival.await?.unwrap_or_else(|_| Err("no welcome in time".into())) {
                Ok((visitor, time)) => {
                    visitors.push(visitor);
                    took.push(time);
                }
                Err(why) => {
                    if refused == 0 {
                        eprintln!("a visitor was refused: {why}");
                    }
                    refused += 1;
                }
            }
        }
        bar.finish_and_clear();
        if visitors.is_empty() { Err("nobody was let in".into()) } else { Ok(Self { visitors, took, refused, board }) }
    }

    /// All go without a word; by which tokens they were known.
    pub(crate) fn drop_all(self) -> Vec<Option<String>> {
        self.visitors
            .into_iter()
            .map(|Visitor { mouth, token, stays }| {
                stays.abort();
                mouth.vanish();
                token
            })
            .collect()
    }

    /// How many are connected still.
    pub(crate) fn staying(&self) -> usize {
        self.visitors.iter().filter(|visitor| !visitor.stays.is_finished()).count()
    }
}

/// A visitor comes, and stays.
async fn come(
    address: std::net::SocketAddr,
    key: String,
    token: Option<String>,
    place: usize,
    board: Rc<Board>,
    bar: ProgressBar,
) -> Outcome<(Visitor, Duration)> {
    let began = Instant::now();
    let mut socket = Socket::open(address, "/ws/visitor").await?;
    let page = json!({ "url": "https://shop.test/", "title": "Shop" });
    let mut hello = json!({ "type": "hello", "key": key, "page": page });
    if let Some(token) = token {
        hello["visitor"] = Value::String(token);
    }
    socket.say(&hello.to_string()).await?;
    let welcome = socket.wait_for("welcome").await?;
    let took = began.elapsed();
    board.turn(place, welcome["chat"]["status"] == "online");
    let token = welcome["visitor"]["token"].as_str().map(str::to_owned);
    bar.inc(1);
    let mouth = socket.mouth();
    let stays = spawn_local(async move {
        let heard = socket.listen(|text| {
            board.take_in(place, text);
            Then::Listen
        });
        let _: Result<(), Box<dyn Error>> = heard.await;
    });
    Ok((Visitor { mouth, token, stays }, took))
}
