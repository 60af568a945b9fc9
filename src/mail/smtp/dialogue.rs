//! One conversation with a relay, a step at a time (RFC 5321). Our own, since what must be told is what libraries hide: the
//! greeting, every line of a refusal, the phase of a loss, and whether the answer after the dot was 250 or merely positive.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt as _;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};

use super::relay::{Credentials, Relay};
use super::stream::{Stream, encrypt, reach, secure, stuffed, within};
use super::{Options, Said, Terms, Tls, Who};
use crate::mail::harmless::plain_address;
use crate::ports::postman::{Delivery, Envelope, Phase, Refusal, Reply};

/// The longest line that a server may answer, in bytes.
const LINE_LEN_MAX: usize = 2_000;
/// The longest answer, in bytes.
const REPLY_LEN_MAX: usize = 64 * 1024;

/// Whether the next command can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Every command has got its answer.
    Clean,
    /// An answer is missing, or made no sense: nobody knows to what the next one would belong.
    Broken,
}

/// A connection that has said EHLO and logged in.
pub(super) struct Dialogue {
    stream: BufReader<Box<dyn Stream>>,
    options: Arc<Options>,
    /// The relay by the name under which it greeted.
    server: String,
    state: State,
    /// How the connection is encrypted, in words.
    encryption: Option<String>,
    /// The letters that it carried.
    pub(super) letters: u32,
}

impl Dialogue {
    /// Connects, greets and logs in.
    pub(super) async fn begin(relay: &Relay, tls: &Tls, options: &Arc<Options>) -> Result<Self, Refusal> {
        let failed = |what: &str, error: io::Error| {
            let text = format!("{relay} {what}: {error}");
            Refusal::Later(Reply { code: None, text, server: Some(relay.to_string()), phase: Phase::Connect })
        };
        let reached = within(options.timeouts.connect, reach(relay)).await;
        let (tcp, peer) = reached.map_err(|error| failed("cannot be reached", error))?;
        options.note(&format!("connected with {peer}"));
        let secured = within(options.timeouts.connect, secure(tcp, relay, tls)).await;
        let (stream, secured) = secured.map_err(|error| failed("cannot be reached: TLS failed", error))?;
        let peer = peer.ip();
        let mut dialogue = Self {
            stream: BufReader::new(stream),
            options: Arc::clone(options),
            server: relay.to_string(),
            state: State::Clean,
            encryption: None,
            letters: 0,
        };
        dialogue.secured(secured);
        dialogue.greet().await?;
        let mut offers = dialogue.hello().await?;
        // What does not leave the machine is encrypted only where somebody configured whom to trust: local relays offer
        // STARTTLS with certificates that nobody could check.
        if dialogue.encryption.is_none() && offers.starttls && (!peer.is_loopback() || tls.own_authority) {
            dialogue = dialogue.start_tls(relay, tls).await?;
            offers = dialogue.hello().await?;
        }
        if let Some(credentials) = &relay.credentials {
            if dialogue.encryption.is_none() && !peer.is_loopback() {
                return Err(
                    dialogue.without_answer(Phase::Auth, "no TLS is offered, and no password is sent without it")
                );
            }
            dialogue.log_in(credentials, &offers).await?;
        }
        Ok(dialogue)
    }

    /// Remembers how the connection is encrypted, and tells who listens.
    fn secured(&mut self, how: Option<String>) {
        if let Some(how) = &how {
            self.options.note(how);
        }
        self.encryption = how;
    }

    /// On which terms the relay talks with us.
    pub(super) fn terms(&self, relay: &Relay) -> Terms {
        Terms {
            server: self.server.clone(),
            encryption: self.encryption.clone(),
            user: relay.credentials.as_ref().map(|credentials| credentials.user.clone()),
        }
    }

    async fn greet(&mut self) -> Result<(), Refusal> {
        let reply = self.answer(Phase::Greeting, self.options.timeouts.command).await?;
        if let Some(name) = reply.text.get(4..).and_then(|text| text.split_whitespace().next()) {
            name.clone_into(&mut self.server);
        }
        self.expect(reply, &[220]).map(drop)
    }

    /// EHLO. A server that refuses it is older than RFC 2821 and has nothing to do with ours: there is no falling back to HELO.
    /// SIZE and 8BITMIME are not looked at: letters are short and of 7 bits, and a limit is told after the dot, too.
    async fn hello(&mut self) -> Result<Offers, Refusal> {
        let line = format!("EHLO {}", self.options.hello);
        let reply = self.command(Phase::Hello, &line).await?;
        Ok(Offers::of(&self.expect(reply, &[250])?.text))
    }

    async fn start_tls(mut self, relay: &Relay, tls: &Tls) -> Result<Self, Refusal> {
        let reply = self.command(Phase::Hello, "STARTTLS").await?;
        self.expect(reply, &[220])?;
        if !self.stream.buffer().is_empty() {
            // Put there by somebody in between, to be taken for what came encrypted.
            return Err(self.without_answer(Phase::Hello, "the server went on talking after STARTTLS"));
        }
        let Self { stream, options, server, state, letters, encryption } = self;
        match within(options.timeouts.connect, encrypt(stream.into_inner(), relay, tls)).await {
            Ok((stream, secured)) => {
                let mut dialogue = Self { stream: BufReader::new(stream), options, server, state, encryption, letters };
                dialogue.secured(secured);
                Ok(dialogue)
            }
            Err(error) => Err(Refusal::Later(Reply {
                code: None,
                text: format!("STARTTLS failed: {error}"),
                server: Some(server),
                phase: Phase::Hello,
            })),
        }
    }

    async fn log_in(&mut self, credentials: &Credentials, offers: &Offers) -> Result<(), Refusal> {
        let Credentials { user, password } = credentials;
        let reply = if offers.plain {
            let secret = STANDARD.encode(format!("\0{user}\0{password}"));
            self.secret(&format!("AUTH PLAIN {secret}"), "AUTH PLAIN …").await?
        } else if offers.login {
            let reply = self.command(Phase::Auth, "AUTH LOGIN").await?;
            self.expect(reply, &[334])?;
            let reply = self.secret(&STANDARD.encode(user), "…").await?;
            self.expect(reply, &[334])?;
            self.secret(&STANDARD.encode(password), "…").await?
        } else {
            return Err(self.without_answer(Phase::Auth, "the server offers no log-in that we know (PLAIN, LOGIN)"));
        };
        self.expect(reply, &[235]).map(drop)
    }

    /// Whether the connection, which lay idle, is still as it was left.
    pub(super) async fn is_fresh(&mut self) -> bool {
        let limit = self.options.timeouts.reuse;
        if self.unasked().await.is_some() {
            return false;
        }
        let reset = async {
            self.write(b"RSET\r\n", "RSET").await?;
            self.read().await
        };
        let answer = within(limit, reset).await;
        matches!(answer, Ok((250, _))) && self.is_clean()
    }

    /// Whether another letter can follow.
    pub(super) fn is_clean(&self) -> bool {
        self.state == State::Clean && self.stream.buffer().is_empty()
    }

    /// Ends it, politely where that is understood, without waiting for an answer.
    pub(super) fn part(mut self) {
        if self.is_clean() {
            self.say_good_bye();
        }
    }

    /// Ends it, and waits until the server has ended it, too.
    pub(super) async fn leave(mut self) {
        let limit = self.options.timeouts.reuse;
        let ended = async {
            self.write(b"QUIT\r\n", "QUIT").await?;
            self.read().await?;
            self.stream.fill_buf().await.map(drop)
        };
        // Who does not say good-bye is not waited for any longer.
        let _ = within(limit, ended).await;
    }

    /// Six bytes fit into the socket's buffer at once, or nobody would read them.
    fn say_good_bye(&mut self) {
        let _ = self.write(b"QUIT\r\n", "QUIT").now_or_never();
    }

    /// Names a sender, and no more: whether the relay takes letters from us. The next letter's RSET ends it.
    pub(super) async fn knock(&mut self, from: &str) -> Result<(), Refusal> {
        if plain_address(from).is_none() {
            return Ok(());
        }
        let reply = self.command(Phase::Mail, &format!("MAIL FROM:<{from}>")).await?;
        self.expect(reply, &[250]).map(drop)
    }

    /// Names sender and recipient, and waits for 354: the next byte is the letter's first.
    pub(super) async fn offer(&mut self, envelope: &Envelope) -> Result<(), Refusal> {
        if plain_address(&envelope.from).is_none() || plain_address(&envelope.to).is_none() {
            let text = "not an address that mail can be sent to".to_owned();
            return Err(Refusal::Never(Reply { code: None, text, server: None, phase: Phase::Rcpt }));
        }
        let reply = self.command(Phase::Mail, &format!("MAIL FROM:<{}>", envelope.from)).await?;
        self.expect(reply, &[250])?;
        let reply = self.command(Phase::Rcpt, &format!("RCPT TO:<{}>", envelope.to)).await?;
        self.expect(reply, &[250, 251])?;
        let reply = self.exchange(Phase::Data, "DATA", "DATA", self.options.timeouts.data).await?;
        self.expect(reply, &[354]).map(drop)
    }

    /// Sends the letter. Whatever is lost from here on is lost without knowing whether it arrived.
    pub(super) async fn deliver(&mut self, raw: &[u8]) -> Delivery {
        self.letters += 1;
        if let Some((code, text)) = self.unasked().await {
            self.state = State::Broken;
            // It would be taken for the answer to the dot. Nothing of the letter has left.
            return Delivery::Later(Reply { code, text, server: Some(self.server.clone()), phase: Phase::Body });
        }
        self.state = State::Broken;
        let shown = format!("(the letter, {} bytes)", raw.len());
        let written = within(self.options.timeouts.data, self.write(&stuffed(raw), &shown)).await;
        let answered = match written {
            Ok(()) => within(self.options.timeouts.dot, self.read()).await,
            // Who hangs up in the middle may have said why.
            Err(error) => within(self.options.timeouts.reuse, self.read()).await.map_err(|_| error),
        };
        let (code, text) = match answered {
            Ok((code, text)) => (Some(code), text),
            Err(error) => (None, format!("the answer to the letter was lost: {error}")),
        };
        let reply = Reply { code, text, server: Some(self.server.clone()), phase: Phase::Body };
        match code {
            Some(250) => self.state = State::Clean,
            Some(400..=599) if code != Some(421) => self.state = State::Clean,
            _ => {}
        }
        match code {
            Some(250) => Delivery::Accepted(reply),
            Some(400..=499) => Delivery::Later(reply),
            Some(500..=599) => Delivery::Never(reply),
            _ => Delivery::Unknown(reply),
        }
    }

    async fn command(&mut self, phase: Phase, line: &str) -> Result<Reply, Refusal> {
        self.exchange(phase, line, line, self.options.timeouts.command).await
    }

    /// A line of the log-in: the listener hears `shown` instead.
    async fn secret(&mut self, line: &str, shown: &str) -> Result<Reply, Refusal> {
        self.exchange(Phase::Auth, line, shown, self.options.timeouts.command).await
    }

    async fn exchange(&mut self, phase: Phase, line: &str, shown: &str, limit: Duration) -> Result<Reply, Refusal> {
        if let Some((code, text)) = self.unasked().await {
            self.state = State::Broken;
            return Err(Refusal::Later(Reply { code, text, server: Some(self.server.clone()), phase }));
        }
        let line = format!("{line}\r\n");
        match within(limit, self.write(line.as_bytes(), shown)).await {
            Ok(()) => self.answer(phase, limit).await,
            Err(error) => Err(self.without_answer(phase, &format!("the connection was lost: {error}"))),
        }
    }

    async fn answer(&mut self, phase: Phase, limit: Duration) -> Result<Reply, Refusal> {
        match within(limit, self.read()).await {
            Ok((code, text)) => Ok(Reply { code: Some(code), text, server: Some(self.server.clone()), phase }),
            Err(error) => Err(self.without_answer(phase, &format!("no answer: {error}"))),
        }
    }

    /// The answer if it is one of those wanted. What is refused before MAIL is refused to us, not to the letter.
    fn expect(&mut self, mut reply: Reply, wanted: &[u16]) -> Result<Reply, Refusal> {
        match reply.code {
            Some(code) if wanted.contains(&code) => return Ok(reply),
            Some(421) => {}
            // Log in first, or differently, or within TLS (RFC 4954, RFC 3207): said to us as well, wherever it is said.
            Some(530 | 534 | 535 | 538) => {
                reply.phase = reply.phase.min(Phase::Auth);
                self.say_good_bye();
            }
            Some(400..=499) if reply.phase >= Phase::Mail => return Err(Refusal::Later(reply)),
            Some(500..=599) if reply.phase >= Phase::Mail => return Err(Refusal::Never(reply)),
            Some(400..=599) => self.say_good_bye(),
            _ => {}
        }
        self.state = State::Broken;
        Err(Refusal::Later(reply))
    }

    /// What the server says without having been asked, or that it hung up: mostly that it ends an idle connection. The next
    /// command's answer it is not.
    async fn unasked(&mut self) -> Option<(Option<u16>, String)> {
        let heard = self.stream.fill_buf().now_or_never()?.map(<[u8]>::is_empty);
        Some(match heard {
            Ok(true) => (None, "the server hung up".to_owned()),
            Ok(false) => match within(self.options.timeouts.reuse, self.read()).await {
                Ok((code @ 421, text)) => (Some(code), text),
                Ok((_, text)) => (None, format!("the server spoke without having been asked: {text}")),
                Err(error) => (None, format!("the server spoke without having been asked: {error}")),
            },
            Err(error) => (None, format!("the connection was lost: {error}")),
        })
    }

    fn without_answer(&mut self, phase: Phase, why: &str) -> Refusal {
        self.state = State::Broken;
        Refusal::Later(Reply { code: None, text: why.to_owned(), server: Some(self.server.clone()), phase })
    }

    async fn write(&mut self, bytes: &[u8], shown: &str) -> io::Result<()> {
        self.options.hear(Said { who: Who::Client, line: shown });
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// An answer: its code, and all of its lines as they came.
    async fn read(&mut self) -> io::Result<(u16, String)> {
        let broken = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why);
        let mut text = String::new();
        let mut first = None;
        loop {
            let mut line = Vec::new();
            (&mut self.stream).take(LINE_LEN_MAX as u64).read_until(b'\n', &mut line).await?;
            if line.last() != Some(&b'\n') {
                let cut = if line.len() == LINE_LEN_MAX { "a line without an end" } else { "the server hung up" };
                return Err(broken(cut));
            }
            let line = String::from_utf8_lossy(line.trim_ascii_end()).replace(char::is_control, " ");
            self.options.hear(Said { who: Who::Server, line: &line });
            let code = line.get(..3).and_then(|code| code.parse().ok()).filter(|code| (200..600).contains(code));
            let code: u16 = code.ok_or_else(|| broken("an answer that is not SMTP"))?;
            if *first.get_or_insert(code) != code {
                return Err(broken("an answer with two codes"));
            }
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&line);
            if text.len() > REPLY_LEN_MAX {
                return Err(broken("an answer without an end"));
            }
            match line.as_bytes().get(3) {
                Some(b'-') => {}
                None | Some(b' ') => return Ok((code, text)),
                Some(_) => return Err(broken("an answer that is not SMTP")),
            }
        }
    }
}

/// What the server offers, of what we use.
#[derive(Default)]
struct Offers {
    starttls: bool,
    plain: bool,
    login: bool,
}

impl Offers {
    fn of(ehlo: &str) -> Self {
        let mut offers = Self::default();
        for line in ehlo.lines().skip(1) {
            let line = line.get(4..).unwrap_or_default().to_ascii_uppercase().replace("AUTH=", "AUTH ");
            let mut words = line.split_whitespace();
            match words.next() {
                Some("STARTTLS") => offers.starttls = true,
                Some("AUTH") => {
                    let mechanisms: Vec<_> = words.collect();
                    offers.plain |= mechanisms.contains(&"PLAIN");
                    offers.login |= mechanisms.contains(&"LOGIN");
                }
                _ => {}
            }
        }
        offers
    }
}

#[cfg(test)]
mod tests;
