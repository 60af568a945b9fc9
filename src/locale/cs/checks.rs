//! How things stand, in Czech.

use super::super::check::{Checked, Checks};
use super::super::language::Language;
use super::super::moment::Moments;
use super::{Czech, plan_name};
use crate::domain::account::{Kind, Locale, ReadCancels};
use crate::domain::ids::GroupId;
use crate::domain::notice::check::{Check, Finding};
use crate::domain::notice::class::Class;
use crate::domain::notice::letter::Letter;
use crate::domain::presence::status::Status;
use crate::locale;

impl Checks for Czech {
    fn check(&self, check: &Check<'_>, told: &Checked<'_>) -> String {
        let e = &check.evidence;
        let kind = self.kind(check.kind.unwrap_or(Kind::Offline));
        let delay = e.delay.map(|delay| self.duration(delay)).unwrap_or_default();
        match &check.finding {
            Finding::AccountSwitch if check.ok => format!("Pro účet jsou zapnuté {kind}."),
            Finding::AccountSwitch => format!("Pro celý účet jsou vypnuté {kind}."),
            Finding::OwnSwitch => self.own_switch(check, kind, told),
            Finding::Plan(plan) if check.ok => {
                format!("Tarif {} obsahuje i {kind}.", plan_name(plan.as_str()))
            }
            Finding::Plan(plan) => format!(
                "E-maily o zmeškaných konverzacích jsou v tarifech Standard a Pro, účet má tarif {}.",
                plan_name(plan.as_str())
            ),
            Finding::OfflineEverywhere(_) if !check.ok => format!(
                "{} online ({}), a to od {}. Po tu dobu je online i chat a e-maily o offline zprávách neodcházejí.",
                told.they("Jste", "je"),
                self.device(e.device.as_ref()),
                self.since(check, told)
            ),
            Finding::OfflineEverywhere(status) => self.not_online(check, *status, told),
            Finding::Online(None) => {
                "E-maily o zmeškaných konverzacích dostávají všichni, kdo za konverzaci odpovídají, ať jsou online, nebo ne."
                    .to_owned()
            }
            Finding::Online(Some(_)) if check.ok => format!(
                "{} online ({}), a to od {}. E-maily o zmeškaných konverzacích dostávají ti, kdo jsou online, zatímco návštěvník čeká.",
                told.they("Jste", "je"),
                self.device(e.device.as_ref()),
                self.since(check, told)
            ),
            Finding::Online(Some(status)) => format!(
                "{} E-maily o zmeškaných konverzacích dostávají jen ti, kdo jsou online, zatímco návštěvník čeká.",
                self.not_online(check, *status, told)
            ),
            Finding::Delay if check.kind == Some(Kind::Missed) => {
                format!("E-mail o zmeškané konverzaci odchází {delay} po odchodu návštěvníka.")
            }
            Finding::Delay => format!(
                "E-mail o offline zprávě odchází {delay} po ní, pokud mezitím nebude online nikdo z těch, kdo za konverzaci odpovídají."
            ),
            Finding::NotHandled(read_cancels) => not_handled(check.kind, *read_cancels).to_owned(),
            Finding::ColleaguesOffline { .. } if check.ok => {
                "Z kolegů, kteří odpovídají za stejné konverzace, teď není online nikdo.".to_owned()
            }
            Finding::ColleaguesOffline { but } => format!(
                "{} je online ({}), a to od {}. Po tu dobu je online i chat a e-maily o offline zprávách neodcházejí{}.",
                told.who.operator_or(e.by, "Někdo z kolegů"),
                self.device(e.device.as_ref()),
                self.since(check, told),
                not_for(but, told)
            ),
            Finding::OwnAddress if check.ok => "Stejnou adresu nemá nikdo, kdo je v účtu déle.".to_owned(),
            Finding::OwnAddress => {
                let by = told.who.operator_or(e.by, "Někdo z kolegů");
                format!("{by} má stejnou adresu a je v účtu déle: u společných konverzací tam odchází jediný e-mail (příjemce: {by}).")
            }
            Finding::Active if check.ok => format!("{} mezi aktivními operátory.", told.they("Jste", "je")),
            Finding::Active => {
                format!("{} mezi deaktivovanými operátory, a těm e-maily neodcházejí.", told.they("Jste", "je"))
            }
            Finding::Audience { groups, others } => audience(groups, others, told),
            Finding::Address { address, .. } if check.ok => format!("E-maily odcházejí na adresu {address}."),
            Finding::Address { address, refusal } => {
                let when = e.at.map(|at| format!(" {}", self.moment(at, told.tz))).unwrap_or_default();
                let refusal = refusal.map(|said| format!(" ({said})")).unwrap_or_default();
                format!(
                    "Na adresu {address} se neposílá: poštovní server ji{when} odmítl jako neexistující{refusal}. Opravte ji, nebo požádejte správce účtu, ať ji znovu povolí."
                )
            }
            Finding::Delivery(None) => told.about.map_or_else(
                || "Zatím vám na tuto adresu žádný e-mail neodešel.".to_owned(),
                |name| format!("Zatím na tuto adresu žádný e-mail neodešel (příjemce: {name})."),
            ),
            Finding::Delivery(Some(letter)) => self.delivery(letter, check.ok, told),
            Finding::Pause => {
                format!("Po e-mailu o konverzaci může další e-mail o ní odejít nejdřív za {delay}.")
            }
        }
    }
}

impl Czech {
    fn since(&self, check: &Check<'_>, told: &Checked<'_>) -> String {
        let at = check.evidence.since.unwrap_or(told.now);
        self.near_hour(at, told.now, told.tz)
    }

    fn own_switch(&self, check: &Check<'_>, kind: &str, told: &Checked<'_>) -> String {
        let have = told.they("Máte", "má");
        match (check.ok, check.evidence.at) {
            (true, _) => format!("{have} zapnuté {kind}."),
            (false, Some(at)) => {
                format!("{have} od {} odhlášené {kind}, a to odkazem v e-mailu.", self.moment(at, told.tz))
            }
            (false, None) => format!("{have} v profilu vypnuté {kind}."),
        }
    }

    fn not_online(&self, check: &Check<'_>, status: Status, told: &Checked<'_>) -> String {
        let since = self.since(check, told);
        match status {
            Status::Away => {
                format!("{} od {since} stav Pryč, a ten se jako online nepočítá.", told.they("Máte", "má"))
            }
            _ if check.evidence.setting.as_deref() == Some("appear_offline") => {
                format!("{} od {since} vidět jako offline, ať zařízení hlásí cokoli.", told.they("Jste", "je"))
            }
            _ => format!("{} od {since} offline na všech zařízeních.", told.they("Jste", "je")),
        }
    }

    fn delivery(&self, letter: &Letter, ok: bool, told: &Checked<'_>) -> String {
        let when = self.near_hour(letter.created_at, told.now, told.tz);
        let known = locale::outbox(letter, Locale::Cs, told.tz);
        let class = letter.class().filter(|_| !ok);
        let advice = class.map(|class| advice(class, told.mail_domain)).unwrap_or_default();
        format!("Poslední e-mail ({when}): {known}{advice}")
    }
}

fn not_handled(kind: Option<Kind>, read_cancels: ReadCancels) -> &'static str {
    match (kind, read_cancels) {
        (Some(Kind::Missed), _) => {
            "E-mail o zmeškané konverzaci nedostane nikdo, jakmile se do ní někdo připojí, odpoví, uzavře ji nebo se návštěvník vrátí. Jen ji otevřít nestačí."
        }
        (_, ReadCancels::Reader) => {
            "Kdo zprávu mezitím otevře v dashboardu nebo v aplikaci, e-mail o ní nedostane. A nedostane ho nikdo, jakmile se do konverzace někdo připojí, odpoví nebo ji uzavře."
        }
        (_, ReadCancels::Everyone) => {
            "E-mail o offline zprávě nedostane nikdo, jakmile ji kdokoli otevře v dashboardu nebo v aplikaci, připojí se do konverzace, odpoví nebo ji uzavře."
        }
    }
}

fn audience(groups: &[GroupId], others: &[GroupId], told: &Checked<'_>) -> String {
    let answer = told.they("Odpovídáte", "odpovídá");
    match (groups, others) {
        ([], []) => format!("{answer} za všechny konverzace."),
        (_, []) => format!("{answer} za všechny skupiny i za stránky bez skupiny."),
        ([], _) => format!("{answer} za stránky bez skupiny, ne však za tyto skupiny: {}.", names(others, told)),
        _ => format!(
            "{answer} za stránky bez skupiny a za tyto skupiny: {}. Za ostatní odpovídají jiní: {}.",
            names(groups, told),
            names(others, told)
        ),
    }
}

fn not_for(but: &[GroupId], told: &Checked<'_>) -> String {
    if but.is_empty() { String::new() } else { format!("; to neplatí pro tyto skupiny: {}", names(but, told)) }
}

fn names(groups: &[GroupId], told: &Checked<'_>) -> String {
    let names: Vec<&str> = groups.iter().filter_map(|group| told.who.group(*group)).collect();
    names.join(", ")
}

/// What a refusal of this class asks for (rule D5).
fn advice(class: Class, mail_domain: &str) -> String {
    match class {
        Class::MailboxFull => " Schránka je plná: uvolněte v ní místo.".to_owned(),
        Class::WrongAddress => " Zkontrolujte adresu.".to_owned(),
        Class::DomainBlocked => format!(
            " Přijímající server nás blokuje: požádejte toho, kdo se o něj stará, ať povolí e-maily z domény {mail_domain}."
        ),
        Class::SpamRejected => format!(
            " E-mail vypadal jako spam: požádejte toho, kdo se stará o přijímající server, ať povolí e-maily z domény {mail_domain}."
        ),
        Class::RelayAuth => {
            " Chyba je na straně tohoto serveru, ne adresy: řekněte to tomu, kdo se o něj stará.".to_owned()
        }
        Class::RateLimited | Class::Other => String::new(),
    }
}
