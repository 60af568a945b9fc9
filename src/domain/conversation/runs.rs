//! How facts stand in a document. A visitor who writes much in a short time leaves one fact a message, and all of them are
//! written again with each message until they are settled: so messages that follow each other are one run, a list of numbers.
//! The time and the place of the first, and then for each further one how many milliseconds after the one before it came.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serializer};

use super::fact::{Dated, Fact};
use crate::domain::persistent::List;
use crate::domain::time::{Span, Timestamp};

pub(super) fn serialize<S: Serializer>(facts: &List<Dated>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut seq = serializer.serialize_seq(None)?;
    let mut facts = facts.iter().peekable();
    while let Some(first) = facts.next() {
        let Fact::Wrote { seq: place } = first.fact else {
            seq.serialize_element(first)?;
            continue;
        };
        let (mut run, mut at, mut next) = (vec![first.at.0, place.cast_signed()], first.at, place + 1);
        while let Some(further) = facts.next_if(|further| further.fact == Fact::Wrote { seq: next }) {
            run.push((further.at - at).0);
            (at, next) = (further.at, next + 1);
        }
        // A message alone stands as every fact does.
        if run.len() == 2 { seq.serialize_element(first)? } else { seq.serialize_element(&run)? }
    }
    seq.end()
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<List<Dated>, D::Error> {
    let mut facts = List::default();
    for written in Vec::<Written>::deserialize(deserializer)? {
        match written {
            Written::Fact(dated) => facts.push(*dated),
            Written::Run(numbers) => unfold(&numbers, &mut facts).map_err(D::Error::custom)?,
        }
    }
    Ok(facts)
}

fn unfold(numbers: &[i64], facts: &mut List<Dated>) -> Result<(), &'static str> {
    let [first, place, further @ ..] = numbers else { return Err("a run of messages begins with a time and a place") };
    let (mut at, mut seq) = (Timestamp(*first), place.cast_unsigned());
    facts.push(Dated { at, fact: Fact::Wrote { seq } });
    for after in further {
        (at, seq) = (at + Span(*after), seq + 1);
        facts.push(Dated { at, fact: Fact::Wrote { seq } });
    }
    Ok(())
}

/// One element of the list.
enum Written {
    Fact(Box<Dated>),
    Run(Vec<i64>),
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fact, or a run of messages")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Written, A::Error> {
        Dated::deserialize(MapAccessDeserializer::new(map)).map(|dated| Written::Fact(Box::new(dated)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Written, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Written::Run)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Serialize;

    use super::*;
    use crate::domain::ids::OperatorId;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Document {
        #[serde(with = "super")]
        facts: List<Dated>,
    }

    fn written(facts: &List<Dated>) -> String {
        serde_json::to_string(&Document { facts: facts.clone() }).unwrap()
    }

    fn wrote(at: i64, seq: u64) -> Dated {
        Dated { at: Timestamp(at), fact: Fact::Wrote { seq } }
    }

    fn joined(at: i64) -> Dated {
        Dated { at: Timestamp(at), fact: Fact::Joined { by: OperatorId(uuid::Uuid::nil()) } }
    }

    #[test]
    fn only_what_follows_each_other_is_a_run() {
        let facts =
            [wrote(5, 1), wrote(5, 2), wrote(12, 3), joined(12), wrote(13, 5), joined(14), wrote(15, 7), wrote(16, 9)];
        assert_eq!(
            written(&facts.into_iter().collect()),
            "{\"facts\":[[5,1,0,7],\
             {\"at\":12,\"fact\":{\"fact\":\"joined\",\"by\":\"00000000-0000-0000-0000-000000000000\"}},\
             {\"at\":13,\"fact\":{\"fact\":\"wrote\",\"seq\":5}},\
             {\"at\":14,\"fact\":{\"fact\":\"joined\",\"by\":\"00000000-0000-0000-0000-000000000000\"}},\
             {\"at\":15,\"fact\":{\"fact\":\"wrote\",\"seq\":7}},{\"at\":16,\"fact\":{\"fact\":\"wrote\",\"seq\":9}}]}"
        );
    }

    #[test]
    fn what_was_written_before_there_were_runs_is_read() {
        let facts: List<_> = (1..5).map(|n| wrote(n, n.cast_unsigned())).collect();
        let before = serde_json::to_string(&facts).unwrap();
        assert!(!before.contains("[1,1"), "{before}");
        let read: Document = serde_json::from_str(&format!("{{\"facts\":{before}}}")).unwrap();
        assert_eq!(read, Document { facts });
    }

    #[test]
    fn what_is_no_run_is_refused() {
        for wrong in ["[[]]", "[[1]]", "[[1,\"2\"]]", "[5]", "[null]"] {
            assert!(serde_json::from_str::<Document>(&format!("{{\"facts\":{wrong}}}")).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(facts in proptest::collection::vec((0..30_i64, any::<bool>(), 0..3_u64), 0..200)) {
            let (mut at, mut seq) = (1_750_000_000_000, 0);
            let fact = |(after, is_join, next): (i64, bool, u64)| {
                (at, seq) = (at + after, seq + next);
                if is_join { joined(at) } else { wrote(at, seq) }
            };
            let facts: List<_> = facts.into_iter().map(fact).collect();
            let read: Document = serde_json::from_str(&written(&facts)).unwrap();
            prop_assert_eq!(read, Document { facts });
        }
    }
}
