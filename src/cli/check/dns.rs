//! The DNS, asked: a thin layer under judgements that only know answers.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

use crate::mail::published::{Answer, Answers, Kind, Question, Stop};

/// How long a server may take to answer a question; it is asked twice.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a judgement may take, whatever it asks.
const PATIENCE_IN_ALL: Duration = Duration::from_secs(9);

/// Who looks names up.
pub(super) struct Names {
    resolver: TokioResolver,
}

impl Names {
    /// The server that is named, or the system's.
    ///
    /// # Errors
    /// The system has none that can be used.
    pub(super) fn of(server: Option<SocketAddr>) -> Result<Self, String> {
        let builder = match server {
            Some(server) => TokioResolver::builder_with_config(only(server), TokioRuntimeProvider::default()),
            None => TokioResolver::builder_tokio()
                .map_err(|why| format!("the system's resolver is not configured: {why}"))?,
        };
        let mut builder = builder;
        let options = builder.options_mut();
        options.timeout = PATIENCE;
        options.attempts = 1;
        // Large answers are asked for over TCP where they do not fit.
        options.edns0 = true;
        builder.build().map(|resolver| Self { resolver }).map_err(|why| why.to_string())
    }

    /// Judges, asking what the judgement lacks until it lacks nothing.
    ///
    /// # Errors
    /// What could not be looked up, in words.
    pub(super) async fn judge<T>(&self, judge: impl Fn(&Answers) -> Result<T, Stop>) -> Result<T, String> {
        let asking = async {
            let mut answers = Answers::default();
            loop {
                match judge(&answers) {
                    Ok(judged) => return Ok(judged),
                    Err(Stop::Unknown(question, why)) => return Err(format!("{question}: {why}")),
                    Err(Stop::Ask(question)) => {
                        let answer = self.ask(&question).await;
                        answers.add(question, answer);
                    }
                }
            }
        };
        let silence = |_| format!("no answers for {PATIENCE_IN_ALL:?}");
        tokio::time::timeout(PATIENCE_IN_ALL, asking).await.map_err(silence)?
    }

    /// Whether the server knows the ending of a name. One that does not, as within a network without a way out, has no say on
    /// what the public DNS holds.
    pub(super) async fn holds_the_public_dns(&self, domain: &str) -> bool {
        let Ok(name) = Name::from_ascii(format!("{}.", ending(domain))) else { return true };
        let asked = tokio::time::timeout(PATIENCE_IN_ALL, self.resolver.lookup(name, RecordType::NS)).await;
        !matches!(asked, Ok(Err(why)) if why.is_nx_domain())
    }

    async fn ask(&self, question: &Question) -> Answer {
        // A name that the DNS cannot hold is a name that is not there. Whatever marks stand in it, it may be held: with the local
        // part of an address SPF asks for such (`exists:%{l}.…`). As labels no search list of the system is put behind it.
        let Ok(name) = Name::from_labels(question.name.split('.').map(str::as_bytes)) else {
            return answer(question.kind, &[]);
        };
        let kind = match question.kind {
            Kind::Txt => RecordType::TXT,
            Kind::A => RecordType::A,
            Kind::Aaaa => RecordType::AAAA,
            Kind::Mx => RecordType::MX,
            Kind::Ptr => RecordType::PTR,
        };
        match self.resolver.lookup(name, kind).await {
            Ok(found) => answer(question.kind, found.answers()),
            Err(why) if why.is_no_records_found() => answer(question.kind, &[]),
            Err(why) => Answer::Failed(in_words(&why)),
        }
    }
}

/// The last label of a name.
pub(super) fn ending(domain: &str) -> &str {
    domain.trim_end_matches('.').rsplit('.').next().unwrap_or(domain)
}

fn only(server: SocketAddr) -> ResolverConfig {
    let mut config = NameServerConfig::udp_and_tcp(server.ip());
    for connection in &mut config.connections {
        connection.port = server.port();
    }
    ResolverConfig::from_name_servers(vec![config])
}

fn answer(kind: Kind, records: &[Record]) -> Answer {
    let data = records.iter().map(|record| &record.data);
    match kind {
        Kind::Txt => Answer::Texts(
            data.filter_map(|data| match data {
                RData::TXT(text) => Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned()),
                _ => None,
            })
            .collect(),
        ),
        Kind::A | Kind::Aaaa => Answer::Addresses(data.filter_map(RData::ip_addr).collect()),
        Kind::Mx => {
            let mut hosts: Vec<_> = data
                .filter_map(|data| match data {
                    RData::MX(mx) => Some((mx.preference, plain(&mx.exchange))),
                    _ => None,
                })
                .collect();
            hosts.sort();
            Answer::Hosts(hosts.into_iter().map(|(_, host)| host).collect())
        }
        Kind::Ptr => Answer::Hosts(
            data.filter_map(|data| match data {
                RData::PTR(name) => Some(plain(name)),
                _ => None,
            })
            .collect(),
        ),
    }
}

/// Without the dot at its end; the root is "".
fn plain(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_ascii_lowercase()
}

fn in_words(why: &NetError) -> String {
    match why {
        NetError::Timeout => format!("no answer for {PATIENCE:?}, asked twice"),
        NetError::NoConnections => "no server of the DNS can be reached".to_owned(),
        other => other.to_string(),
    }
}
