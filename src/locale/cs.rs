//! Czech. People are spoken of in the present or without a verb, since the past tense would have to know their gender,
//! and by their names in the nominative, since nobody declines a name safely.

mod checks;
mod trial;
mod typography;

use jiff::civil::DateTime;

use super::language::{Language, NoticeFacts, OutboxFacts, Telling, TimerState, Why};
use super::moment::{Moments, Unit};
use super::note::Notes;
use crate::domain::account::Kind;
use crate::domain::bulletin::NoticeCode;
use crate::domain::conversation::message::Happened;
use crate::domain::note::Tidings;
use crate::domain::notice::class::Class;
use crate::domain::notice::letter::LetterState;
use crate::domain::notice::reason::{Code, DeviceRef, Reason};
use crate::domain::notice::refusals::BlockedDomain;

/// Czech.
pub(super) struct Czech;

/// The form of a noun that goes with the count: 1 zpráva, 2 to 4 zprávy, 0 and 5 or more zpráv.
pub(super) fn plural(count: i64, one: &'static str, few: &'static str, many: &'static str) -> &'static str {
    match count {
        1 => one,
        2..=4 => few,
        _ => many,
    }
}

impl Moments for Czech {
    fn day(&self, at: &DateTime) -> String {
        format!("{}. {}. {}", at.day(), at.month(), at.year())
    }

    fn day_and_time(&self, day: String, time: String) -> String {
        format!("{day} {time}")
    }

    fn amount(&self, count: i64, unit: Unit) -> String {
        let noun = match unit {
            Unit::Day => plural(count, "den", "dny", "dní"),
            Unit::Hour => plural(count, "hodinu", "hodiny", "hodin"),
            Unit::Minute => plural(count, "minutu", "minuty", "minut"),
            Unit::Second => plural(count, "sekundu", "sekundy", "sekund"),
        };
        format!("{count} {noun}")
    }

    fn decimal_mark(&self) -> char {
        ','
    }
}

impl Language for Czech {
    fn reason(&self, reason: &Reason, telling: &Telling<'_>) -> String {
        let e = &reason.evidence;
        let (tz, kind) = (telling.tz, self.kind(telling.kind));
        let about = telling.about("Operátor");
        let by = telling.name(e.by, "někdo z operátorů");
        let on = self.device(e.device.as_ref());
        let at = e.at.map(|at| format!(" v {}", self.clock(at, tz))).unwrap_or_default();
        let from = e.at.map(|at| format!(" od {}", self.clock(at, tz))).unwrap_or_default();
        match reason.code {
            Code::NotActivatedAccount => format!("Pro celý účet jsou vypnuté {kind}."),
            Code::NotActivatedOperator => format!("{about} má v profilu vypnuté {kind}."),
            Code::Unsubscribed => {
                let since = e.at.or(e.since).map(|at| format!(" od {}", self.moment(at, tz))).unwrap_or_default();
                format!("{about} má{since} odhlášené {kind}, a to odkazem v e-mailu.")
            }
            Code::PlanWithoutMissed => {
                let plan = e.setting.as_deref().map_or("Free", plan_name);
                format!(
                    "E-maily o zmeškaných konverzacích jsou v tarifech Standard a Pro, účet měl v tu chvíli tarif {plan}."
                )
            }
            Code::BoxWasOnline => {
                let since = e.since.map(|since| format!(" od {}", self.near(since, e.at, tz))).unwrap_or_default();
                format!("Chat byl v okamžiku zprávy online: {by} ({on}){since}.")
            }
            Code::BackOnline => {
                format!(
                    "{} je{from} online ({on}), dřív než měl e-mail odejít.",
                    telling.about(telling.name(e.by, "Někdo z operátorů"))
                )
            }
            Code::Read if e.by.is_none() || e.by == telling.about || telling.about.is_none() => {
                format!("{} má{from} všechny čekající zprávy přečtené.", telling.name(e.by, about))
            }
            Code::Read => {
                format!("Všechny čekající zprávy má{from} přečtené {by} a podle nastavení účtu to stačí za všechny.")
            }
            Code::ColleagueOnline => {
                format!("Dřív než měl e-mail odejít, je online někdo z kolegů: {by} ({on}){from}.")
            }
            Code::WasNotOnline => {
                format!("{about}: mezi zprávou návštěvníka a jeho odchodem ani jednou online.")
            }
            Code::Joined => format!("Konverzaci má{from} na starosti {by}."),
            Code::Replied => format!("Návštěvník dostal{at} odpověď ({by})."),
            Code::Closed => format!("Konverzace byla{at} uzavřena ({by})."),
            Code::VisitorReturned => format!("Návštěvník je{from} zpátky na webu."),
            Code::Deactivated => format!("{about}: v době, kdy měl e-mail odejít, šlo o deaktivovaného operátora."),
            Code::NotInGroup => format!("{about} nepatří mezi ty, kdo odpovídají za skupinu této konverzace."),
            Code::Superseded => format!(
                "Důvod k e-mailu{at} zanikl: změnila se skupina, tarif nebo operátoři, anebo o zprávách informoval druhý druh e-mailu."
            ),
            Code::Suppressed => {
                let when = e.at.or(e.since).map(|at| format!(" {}", self.moment(at, tz))).unwrap_or_default();
                format!("{about} má adresu, na kterou se neposílá: poštovní server ji{when} odmítl jako neexistující.")
            }
            Code::SameAddress => format!("{about} má stejnou adresu jako {by}, e-mail tam odešel jen jednou."),
            Code::RecentlyNotified => {
                let until = e.until.map(|until| format!(", další může odejít v {}", self.clock(until, tz)));
                format!("Krátce předtím odešel o této konverzaci jiný e-mail{}.", until.unwrap_or_default())
            }
            Code::NoRecipients => "Nezbyl nikdo, komu by e-mail mohl odejít.".to_owned(),
            Code::Emailed => {
                let delay = e.delay.map(|delay| format!(", zprávy čekaly {}", self.duration(delay)));
                format!("E-mail byl{at} zařazen k odeslání{}. Příjemce: {about}.", delay.unwrap_or_default())
            }
        }
    }

    fn timer(&self, state: TimerState<'_>, telling: &Telling<'_>) -> String {
        match state {
            TimerState::Running { due_at } => {
                format!("E-mail odejde v {}, pokud se do té doby nikdo neozve.", self.clock(due_at, telling.tz))
            }
            TimerState::Cancelled { reason } => format!("Zrušeno. {}", self.reason(reason, telling)),
            TimerState::Fired { at } => {
                format!("Celá lhůta uplynula v {}: e-mail měl odejít.", self.clock(at, telling.tz))
            }
        }
    }

    fn system_message(&self, event: &Happened) -> String {
        match event {
            Happened::Joined { name, .. } => format!("Do konverzace vstupuje {name}."),
            Happened::Left { name, .. } => format!("Z konverzace odchází {name}."),
            Happened::Transferred { group: Some(_), name, .. } => format!("Konverzaci přebírá skupina {name}."),
            Happened::Transferred { name, .. } => format!("Konverzaci přebírá {name}."),
            Happened::Closed { name, .. } => format!("Konverzaci uzavírá {name}."),
        }
    }

    fn notice(&self, facts: &NoticeFacts<'_>) -> String {
        let since = self.moment(facts.notice.since, facts.tz);
        match facts.notice.code {
            NoticeCode::RelayAuth => format!(
                "Poštovní server odmítá přihlášení (od {since}): e-maily čekají, dokud nebude jméno a heslo k poštovnímu serveru zase správné."
            ),
            NoticeCode::DomainBlocked => {
                let domains = facts.blocked.iter().map(blocked).collect::<Vec<_>>().join(" ");
                format!(
                    "{domains} Požádejte tamní IT oddělení, ať povolí e-maily z domény {}; adresy samy jsou v pořádku a o nových zprávách e-maily chodí dál.",
                    facts.mail_domain
                )
            }
            NoticeCode::StoreStale => format!(
                "Server nemůže nic uložit (od {since}): chatovací okna ukazují stav z té doby a zprávy se přijmou, až to zase půjde."
            ),
            NoticeCode::AnyOrigin => {
                format!("Chat tohoto účtu smí zobrazit jakýkoli web (od {since}): v nastavení uveďte své vlastní weby.")
            }
        }
    }

    fn class(&self, class: Class) -> Option<&'static str> {
        match class {
            Class::WrongAddress => Some("adresa neexistuje"),
            Class::MailboxFull => Some("schránka je plná"),
            Class::DomainBlocked => Some("přijímající server naše e-maily nepouští"),
            Class::SpamRejected => Some("e-mail vypadal jako spam"),
            Class::RateLimited => Some("máme to zkusit později"),
            Class::RelayAuth => Some("náš vlastní poštovní server nás nepouští"),
            Class::Other => None,
        }
    }

    fn outbox(&self, facts: &OutboxFacts<'_>) -> String {
        let class =
            facts.class.and_then(|class| self.class(class)).map(|class| format!(", {class}")).unwrap_or_default();
        let server = facts.server.unwrap_or("poštovní server");
        let reply = facts.reply.unwrap_or("bez odpovědi");
        let at = facts.at.map(|at| format!(" v {}", self.clock(at, facts.tz))).unwrap_or_default();
        let next = facts.next_attempt_at.map(|next| self.clock(next, facts.tz));
        match facts.state {
            LetterState::Queued => format!("Čeká, až přijde na řadu. Adresa: {}.", facts.to),
            LetterState::Sending => format!("Právě se předává: {server}."),
            LetterState::Sent => {
                let id = facts.queue_id.map(|id| format!(" pod číslem {id}")).unwrap_or_default();
                format!("Zprávu převzal{at} {server}{id}; dál už na ni nevidíme: podívejte se do složky se spamem.")
            }
            LetterState::Deferred => {
                let next = next.map(|next| format!(" Další pokus v {next}.")).unwrap_or_default();
                format!("Zatím nepřevzato{at} ({server}){class}: {reply}.{next}")
            }
            LetterState::Failed => format!("Odmítnuto{at} ({server}){class}: {reply}."),
            LetterState::Uncertain => {
                let next = next.map(|next| format!(" Znovu rozhodneme v {next}.")).unwrap_or_default();
                format!(
                    "Spojení ({server}) se{at} přerušilo až po odeslání textu: e-mail mohl dojít, ale nemusel.{next}"
                )
            }
            LetterState::NoLongerNeeded if facts.may_have_arrived => {
                format!(
                    "Znovu neodesláno, protože mezitím {}: první e-mail mohl dojít, ale nemusel.",
                    dropped(facts.dropped)
                )
            }
            LetterState::NoLongerNeeded => format!("Neodesláno, protože mezitím {}.", dropped(facts.dropped)),
            LetterState::Expired => {
                format!("Vzdáno: e-mail se nepodařilo doručit včas{class}. Poslední odpověď: {reply}.")
            }
        }
    }

    fn tag(&self) -> &'static str {
        "cs"
    }

    fn typeset(&self, sentence: &str) -> String {
        typography::typeset(sentence)
    }

    fn kind(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Offline => "e-maily o offline zprávách",
            Kind::Missed => "e-maily o zmeškaných konverzacích",
        }
    }

    fn device<'a>(&self, device: Option<&'a DeviceRef>) -> &'a str {
        device.and_then(|device| device.name.as_deref()).unwrap_or("nepojmenované zařízení")
    }

    fn unnamed_visitor(&self, mark: &str) -> String {
        format!("Návštěvník {mark}")
    }

    fn messages(&self, count: usize) -> String {
        format!("{count} {}", plural(count as i64, "zpráva", "zprávy", "zpráv"))
    }

    fn subject(&self, visitor: &str) -> String {
        format!("Zpráva z chatu: {visitor}")
    }

    fn intro(&self, kind: Kind, visitor: &str) -> String {
        match kind {
            Kind::Offline => format!("{visitor} vám píše, ale chat byl offline."),
            Kind::Missed => format!("{visitor} už na webu není a na odpověď stále čeká."),
        }
    }

    fn without_texts(&self, count: usize) -> String {
        let wait = plural(count as i64, "čeká", "čekají", "čeká");
        format!("Na odpověď {wait} {}. E-maily tohoto účtu neobsahují texty.", self.messages(count))
    }

    fn cut(&self) -> &'static str {
        "[… zkráceno; zbytek najdete v konverzaci]"
    }

    fn and_more(&self, count: usize) -> String {
        let more = plural(count as i64, "další", "další", "dalších");
        format!("a {more} {}", self.messages(count))
    }

    fn label_visitor(&self) -> &'static str {
        "Návštěvník"
    }

    fn label_email(&self) -> &'static str {
        "E-mail"
    }

    fn label_page(&self) -> &'static str {
        "Stránka"
    }

    fn label_group(&self) -> &'static str {
        "Skupina"
    }

    fn button(&self) -> &'static str {
        "Otevřít konverzaci"
    }

    fn reply_hint(&self) -> &'static str {
        "Odpověď na tento e-mail dostane návštěvník přímo na svou adresu."
    }

    fn why(&self, why: &Why<'_>) -> String {
        let Why { account, since, .. } = why;
        let group = why.group.map(|group| format!(", skupina {group}")).unwrap_or_default();
        let delay = self.duration(why.delay);
        match why.kind {
            Kind::Offline => format!(
                "Proč tento e-mail: odpovídáte za chat ({account}{group}). Od {since} byl chat offline {delay} a zprávy nikdo nevyřídil."
            ),
            Kind::Missed => format!(
                "Proč tento e-mail: odpovídáte za chat ({account}{group}). Návštěvník odešel v {since} a ani {delay} poté zprávy nikdo nevyřídil."
            ),
        }
    }

    fn unsubscribe(&self, kind: Kind) -> String {
        format!("Nechci dostávat {}", self.kind(kind))
    }

    fn unsubscribe_question(&self, kind: Kind) -> String {
        format!("Opravdu už nechcete dostávat {}?", self.kind(kind))
    }

    fn unsubscribe_reach(&self) -> &'static str {
        "Platí to pro každého v účtu, kdo má stejnou adresu jako vy. Všechny ostatní e-maily chodí dál."
    }

    fn unsubscribed(&self, kind: Kind) -> String {
        format!("Hotovo. Na vaši adresu už nepůjdou {}.", self.kind(kind))
    }

    fn unsubscribe_undo(&self) -> &'static str {
        "Znovu si je zapnete v dashboardu: v nastavení na stránce Upozornění."
    }

    fn unsubscribe_unknown(&self) -> &'static str {
        "Tento odkaz neplatí, nebo už ne. Které e-maily chcete dostávat, nastavíte v dashboardu: v nastavení na stránce Upozornění."
    }

    fn own_switches(&self) -> &'static str {
        "Otevřít nastavení"
    }

    fn no_chat(&self) -> &'static str {
        "Tady žádný chat není. Pokud je to váš web: klíč v jeho kódu neplatí, ten správný je v nastavení chatu."
    }
}

/// Why a letter was no longer needed, as the end of a sentence.
fn dropped(code: Option<Code>) -> &'static str {
    match code {
        Some(Code::Read) => "si příjemce zprávy přečetl",
        Some(Code::Joined | Code::Replied | Code::Closed) => "se konverzace někdo ujal",
        Some(Code::NotActivatedAccount) => "byly takové e-maily pro celý účet vypnuté",
        Some(Code::NotActivatedOperator) => "si příjemce takové e-maily vypnul",
        Some(Code::Unsubscribed) => "se z nich příjemce odhlásil",
        Some(Code::PlanWithoutMissed) => "účet přešel na tarif bez takových e-mailů",
        Some(Code::Deactivated) => "byl příjemce deaktivován",
        Some(Code::NotInGroup) => "konverzace přešla pod jinou skupinu",
        Some(Code::Suppressed) => "byla adresa zablokovaná, protože podle poštovního serveru neexistuje",
        _ => "byly zprávy vyřízené nebo přečtené",
    }
}

/// One domain that blocks us, as a sentence.
fn blocked(BlockedDomain { domain, addresses, reply, .. }: &BlockedDomain<'_>) -> String {
    format!("Poštovní server domény {domain} nepouští naše e-maily na adresy {}: „{reply}“.", addresses.join(", "))
}

impl Notes for Czech {
    fn note_subject(&self, tidings: &Tidings) -> &'static str {
        match tidings {
            Tidings::Invited { .. } => "Pozvánka do aplikace doorbell",
            Tidings::Forgotten { .. } => "Nové heslo do aplikace doorbell",
            Tidings::AddressChanged { .. } => "Vaše adresa v aplikaci doorbell se změnila",
        }
    }

    fn note_invited(&self, by: Option<&str>, account: &str) -> String {
        format!("{} vás zve k odpovídání v chatu ({account}).", by.unwrap_or("Správce serveru"))
    }

    fn note_invited_about(&self, email: &str) -> String {
        format!("Zvolte si heslo a pak se s ním přihlaste pod touto adresou: {email}")
    }

    fn note_forgotten(&self, email: &str) -> String {
        format!("Někdo, nejspíš vy, požádal o nové heslo pro {email}.")
    }

    fn note_forgotten_about(&self, count: usize) -> String {
        let people = plural(count as i64, "člověk", "lidé", "lidí");
        let log_in = plural(count as i64, "se přihlašuje", "se přihlašují", "se přihlašuje");
        format!("Touto adresou {log_in} {count} {people}. Každý má své heslo, a tedy i svůj odkaz:")
    }

    fn note_address_changed(&self, name: &str, account: &str) -> String {
        format!("{name} ({account}) má od této chvíle jinou adresu.")
    }

    fn note_address_changed_about(&self, old: &str, by: Option<&str>) -> String {
        let by = by.unwrap_or("správce serveru");
        format!("Autor změny: {by}. Adresou {old} se už nelze přihlásit a upozornění na ni nechodí.")
    }

    fn note_button(&self) -> &'static str {
        "Nastavit heslo"
    }

    fn note_until(&self, until: &str) -> String {
        format!("Odkaz funguje jednou, a to do {until}.")
    }

    fn note_foot(&self, tidings: &Tidings) -> &'static str {
        match tidings {
            Tidings::Invited { .. } => "Pokud jste pozvánku nečekali, nemusíte nic dělat: nic se nestane.",
            Tidings::Forgotten { .. } => "Pokud jste to nebyli vy, nemusíte nic dělat: heslo zůstává, jaké bylo.",
            Tidings::AddressChanged { .. } => "Pokud jste změnu nečekali, řekněte to hned správci účtu.",
        }
    }
}

/// A plan by the name that is sold.
fn plan_name(plan: &str) -> &str {
    match plan {
        "free" => "Free",
        "standard" => "Standard",
        "pro" => "Pro",
        other => other,
    }
}
