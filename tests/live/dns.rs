//! A server of the DNS on a free port of the loopback, over UDP and TCP, in threads of its own: it knows what it is told and
//! nothing else.
//!
//! ```ignore
//! let dns = Dns::start();
//! dns.txt("example.com", "v=spf1 -all");
//! dns.act("down.com", Act::Fail);
//! ```

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};

use hickory_resolver::proto::op::{Message, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{MX, PTR, TXT};
use hickory_resolver::proto::rr::{Name, RData, Record};

/// How a name is answered, other than with its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// SERVFAIL.
    Fail,
    /// Not at all.
    Silence,
    /// Over UDP: that it does not fit.
    Truncate,
}

#[derive(Default)]
struct State {
    records: Vec<Record>,
    acts: Vec<(Name, Act)>,
    over_tcp: usize,
}

/// The server. It ends with the test's process.
#[derive(Clone)]
pub(crate) struct Dns {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Dns {
    /// One that knows of .com, as any server of the public DNS does.
    pub(crate) fn start() -> Self {
        let dns = Self::knowing_nothing();
        dns.txt("com", "a registry");
        dns
    }

    /// One for which there is no name at all, as within a network without a way out.
    pub(crate) fn knowing_nothing() -> Self {
        let (udp, tcp) = sockets();
        let dns = Self { address: udp.local_addr().unwrap(), state: Arc::default() };
        let server = dns.clone();
        std::thread::spawn(move || {
            let mut question = [0; 4_096];
            while let Ok((len, from)) = udp.recv_from(&mut question) {
                if let Some(answer) = server.answer(&question[..len], Over::Udp) {
                    // Who asked may have given up.
                    let _ = udp.send_to(&answer, from);
                }
            }
        });
        let server = dns.clone();
        std::thread::spawn(move || {
            for stream in tcp.incoming().flatten() {
                let server = server.clone();
                std::thread::spawn(move || server.serve(stream));
            }
        });
        dns
    }

    pub(crate) fn txt(&self, name: &str, text: &str) {
        // Of long texts each string has 255 bytes at most, as in any zone.
        let strings = text.as_bytes().chunks(255).map(|chunk| String::from_utf8(chunk.to_vec()).unwrap()).collect();
        self.add(name, RData::TXT(TXT::new(strings)));
    }

    pub(crate) fn address(&self, name: &str, address: &str) {
        self.add(name, RData::from(address.parse::<IpAddr>().unwrap()));
    }

    pub(crate) fn mx(&self, name: &str, preference: u16, host: &str) {
        self.add(name, RData::MX(MX::new(preference, absolute(host))));
    }

    pub(crate) fn ptr(&self, name: &str, host: &str) {
        self.add(name, RData::PTR(PTR(absolute(host))));
    }

    /// All questions about this name are answered so.
    pub(crate) fn act(&self, name: &str, act: Act) {
        self.state.lock().unwrap().acts.push((absolute(name), act));
    }

    /// How many questions came over TCP.
    pub(crate) fn over_tcp(&self) -> usize {
        self.state.lock().unwrap().over_tcp
    }

    fn add(&self, name: &str, data: RData) {
        self.state.lock().unwrap().records.push(Record::from_rdata(absolute(name), 60, data));
    }

    fn serve(&self, mut stream: TcpStream) -> Option<()> {
        loop {
            let mut len = [0; 2];
            stream.read_exact(&mut len).ok()?;
            let mut question = vec![0; usize::from(u16::from_be_bytes(len))];
            stream.read_exact(&mut question).ok()?;
            self.state.lock().unwrap().over_tcp += 1;
            let answer = self.answer(&question, Over::Tcp)?;
            stream.write_all(&u16::try_from(answer.len()).unwrap().to_be_bytes()).ok()?;
            stream.write_all(&answer).ok()?;
        }
    }

    fn answer(&self, question: &[u8], over: Over) -> Option<Vec<u8>> {
        let asked = Message::from_vec(question).unwrap();
        let query = asked.queries.first().unwrap().clone();
        let state = self.state.lock().unwrap();
        let act = state.acts.iter().find(|(name, _)| name == query.name()).map(|(_, act)| *act);
        let mut answer = Message::response(asked.metadata.id, OpCode::Query);
        answer.metadata.authoritative = true;
        answer.metadata.recursion_available = true;
        answer.metadata.recursion_desired = asked.metadata.recursion_desired;
        let known = state.records.iter().filter(|record| record.name == *query.name());
        match (act, over) {
            (Some(Act::Silence), _) => return None,
            (Some(Act::Fail), _) => answer.metadata.response_code = ResponseCode::ServFail,
            (Some(Act::Truncate), Over::Udp) => answer.metadata.truncation = true,
            _ if known.clone().next().is_none() => answer.metadata.response_code = ResponseCode::NXDomain,
            _ => {
                let fitting = known.filter(|record| record.data.record_type() == query.query_type());
                answer.answers.extend(fitting.cloned());
            }
        }
        answer.queries.push(query);
        Some(answer.to_vec().unwrap())
    }
}

#[derive(Clone, Copy)]
enum Over {
    Udp,
    Tcp,
}

/// One port for both.
fn sockets() -> (UdpSocket, TcpListener) {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
            return (udp, tcp);
        }
    }
}

fn absolute(name: &str) -> Name {
    Name::from_labels(name.trim_end_matches('.').split('.').map(str::as_bytes)).unwrap()
}
