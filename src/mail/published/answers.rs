//! What DNS has answered so far.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Texts.
    Txt,
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// The hosts that take mail.
    Mx,
    /// The names of an address.
    Ptr,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Txt => "TXT",
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Mx => "MX",
            Self::Ptr => "PTR",
        })
    }
}

/// What DNS is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// About which name: lower case, no dot at the end.
    pub name: String,
    /// For which records.
    pub kind: Kind,
}

impl Question {
    /// The same name is the same question, however it is spelled.
    pub fn new(name: &str, kind: Kind) -> Self {
        Self { name: name.trim_end_matches('.').to_ascii_lowercase(), kind }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.kind, self.name)
    }
}

/// What DNS answered. An empty list is an answer: there is no such record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Texts, the strings of each put together.
    Texts(Vec<String>),
    /// Addresses.
    Addresses(Vec<IpAddr>),
    /// Names of hosts, the preferred ones first; the root is "".
    Hosts(Vec<String>),
    /// It could not be looked up: nobody knows whether there is one.
    Failed(String),
}

/// Why a judgement cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// This must be known first.
    Ask(Question),
    /// This could not be looked up, and why.
    Unknown(Question, String),
}

/// The answers that are known.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    known: HashMap<Question, Answer>,
}

impl Answers {
    /// Adds what DNS answered.
    pub fn add(&mut self, question: Question, answer: Answer) {
        self.known.insert(question, answer);
    }

    /// The texts at a name.
    ///
    /// # Errors
    /// They are not known.
    pub fn texts(&self, name: &str) -> Result<&[String], Stop> {
        match self.get(Question::new(name, Kind::Txt))? {
            Answer::Texts(texts) => Ok(texts),
            _ => Ok(&[]),
        }
    }

    /// The addresses of a name, of the family that `like` has.
    ///
    /// # Errors
    /// They are not known.
    pub fn addresses(&self, name: &str, like: IpAddr) -> Result<&[IpAddr], Stop> {
        let kind = if like.is_ipv4() { Kind::A } else { Kind::Aaaa };
        match self.get(Question::new(name, kind))? {
            Answer::Addresses(addresses) => Ok(addresses),
            _ => Ok(&[]),
        }
    }

    /// The hosts that take mail for a name.
    ///
    /// # Errors
    /// They are not known.
    pub fn mail_hosts(&self, name: &str) -> Result<&[String], Stop> {
        self.hosts(Question::new(name, Kind::Mx))
    }

    /// The names of an address.
    ///
    /// # Errors
    /// They are not known.
    pub fn names(&self, address: IpAddr) -> Result<&[String], Stop> {
        self.hosts(Question::new(&reverse(address), Kind::Ptr))
    }

    fn hosts(&self, question: Question) -> Result<&[String], Stop> {
        match self.get(question)? {
            Answer::Hosts(hosts) => Ok(hosts),
            _ => Ok(&[]),
        }
    }

    fn get(&self, question: Question) -> Result<&Answer, Stop> {
        match self.known.get(&question) {
            Some(Answer::Failed(why)) => Err(Stop::Unknown(question, why.clone())),
            Some(answer) => Ok(answer),
            None => Err(Stop::Ask(question)),
        }
    }
}

/// The name under which the names of an address stand.
fn reverse(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(address) => {
            let nibbles = address.octets().into_iter().rev().flat_map(|byte| [byte & 15, byte >> 4]);
            let labels: Vec<String> = nibbles.map(|nibble| format!("{nibble:x}")).collect();
            format!("{}.ip6.arpa", labels.join("."))
        }
    }
}

/// A small world for the tests: `("TXT", name, value)`, each a record; what is not there does not exist.
#[cfg(test)]
pub(super) mod world {
    use super::*;

    pub(in super::super) struct World(pub(in super::super) Vec<(&'static str, &'static str, &'static str)>);

    impl World {
        /// Asks a judgement until it has all it lacks.
        pub(in super::super) fn judge<T>(&self, judge: impl Fn(&Answers) -> Result<T, Stop>) -> Result<T, String> {
            let mut answers = Answers::default();
            loop {
                match judge(&answers) {
                    Ok(judged) => return Ok(judged),
                    Err(Stop::Unknown(question, why)) => return Err(format!("{question}: {why}")),
                    Err(Stop::Ask(question)) => {
                        let answer = self.answer(&question);
                        answers.add(question, answer);
                    }
                }
            }
        }

        fn answer(&self, question: &Question) -> Answer {
            let kind = question.kind.to_string();
            let here = || self.0.iter().filter(|(_, name, _)| *name == question.name);
            if here().any(|(of, ..)| *of == "FAIL") {
                return Answer::Failed("SERVFAIL".to_owned());
            }
            let values = here().filter(|(of, ..)| *of == kind).map(|(_, _, value)| (*value).to_owned());
            match question.kind {
                Kind::Txt => Answer::Texts(values.collect()),
                Kind::A | Kind::Aaaa => Answer::Addresses(values.map(|value| value.parse().unwrap()).collect()),
                Kind::Mx | Kind::Ptr => Answer::Hosts(values.collect()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_turned_round() {
        assert_eq!(reverse("192.0.2.1".parse().unwrap()), "1.2.0.192.in-addr.arpa");
        let long = reverse("2001:db8::1".parse().unwrap());
        assert!(long.starts_with("1.0.0.0.") && long.ends_with(".8.b.d.0.1.0.0.2.ip6.arpa"), "{long}");
    }

    #[test]
    fn what_is_not_known_is_asked_for_and_what_failed_is_not_taken_for_nothing() {
        let mut answers = Answers::default();
        let question = Question::new("Example.COM.", Kind::Txt);
        assert_eq!(answers.texts("example.com"), Err(Stop::Ask(question.clone())));
        answers.add(question.clone(), Answer::Failed("SERVFAIL".to_owned()));
        assert_eq!(answers.texts("example.com"), Err(Stop::Unknown(question.clone(), "SERVFAIL".to_owned())));
        answers.add(question, Answer::Texts(Vec::new()));
        assert_eq!(answers.texts("example.com"), Ok(&[][..]));
    }
}
