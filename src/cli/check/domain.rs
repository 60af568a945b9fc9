//! What the DNS says of the sender's domain: looked up all at once, told one after another.

use std::net::IpAddr;

use super::dns::{Names, ending};
use super::finding::Finding;
use super::origin::{self, How, Origin};
use super::{CheckArgs, bounces, dkim, dmarc, spf};
use crate::mail::dkim::{Record, file};
use crate::mail::published;
use crate::mail::published::domain::not_public;
use crate::mail::smtp::relay::Destination;
use crate::settings::{Dkim, Settings};

/// What was found in the DNS; `Err`: why it could not be looked up.
pub(super) struct Looked<'a> {
    /// The domain of the sender, as readers see it.
    pub(super) domain: &'a str,
    /// The domain of the return path: for it SPF is asked, and there bounces go.
    pub(super) envelope: &'a str,
    /// From where letters come.
    pub(super) origin: Origin,
    /// The name of the relay, where it is one.
    pub(super) relay: Option<&'a str>,
    /// SPF.
    pub(super) spf: Result<published::spf::Report, String>,
    /// DKIM, where letters are signed.
    pub(super) key: Option<(&'a Dkim, Result<published::dkim::Key, String>)>,
    /// DMARC.
    pub(super) dmarc: Result<published::dmarc::Found, String>,
}

pub(super) async fn look(settings: &Settings, args: &CheckArgs) -> Vec<Finding> {
    let mail = &settings.mail;
    let domain = mail.from.email.domain();
    let envelope = mail.bounce_address.as_ref().map_or(domain, |address| address.domain());
    let ours = mail.dkim.as_ref().map(our_record);
    if let Some((domain, why)) = [domain, envelope].into_iter().find_map(|name| Some((name, not_public(name)?))) {
        let found = format!("Letters come from {domain}, {why}: nothing was looked up about it.");
        let finding = Finding::warning("domain", found)
            .means("Servers elsewhere refuse such a sender, and nobody can answer it.")
            .todo("For more than a trial: mail.from (and mail.bounce_address) = an address of a domain that you own.");
        return without_the_dns(finding, ours.as_ref());
    }
    let names = match Names::of(args.resolver) {
        Ok(names) => names,
        Err(why) => return without_the_dns(Finding::unknown("domain", &why), ours.as_ref()),
    };
    let relay = match &mail.smtp_url {
        Destination::Relay(relay) => Some(relay.host.as_str()),
        Destination::Directory(_) => None,
    };
    let sender = mail.bounce_address.as_ref().unwrap_or(&mail.from.email).to_string();
    let record = ours.as_ref().and_then(|ours| ours.as_deref().ok());
    let coming = async {
        let origin = origin::find(&args.sends_from, &mail.smtp_url, &names).await;
        let spf = names.judge(|answers| published::spf::judge(answers, envelope, &sender, &origin.addresses)).await;
        (origin, spf)
    };
    let key = async {
        let dkim = mail.dkim.as_ref()?;
        let judge = |answers: &_| published::dkim::judge(answers, &dkim.selector, &dkim.domain, record);
        Some((dkim, names.judge(judge).await))
    };
    let (public, inbox, (origin, spf), key, dmarc) = tokio::join!(
        names.holds_the_public_dns(domain),
        names.judge(|answers| published::domain::inbox(answers, envelope)),
        coming,
        key,
        names.judge(|answers| published::dmarc::judge(answers, domain)),
    );
    if !public {
        let found = format!("The server of the DNS that was asked does not even know .{}.", ending(domain));
        let finding = Finding::warning("domain", found)
            .means(format!("It does not hold the public DNS; nothing is known about {domain}."))
            .todo("Ask another one: --resolver IP:PORT.");
        return without_the_dns(finding, ours.as_ref());
    }
    let looked = Looked { domain, envelope, origin, relay, spf, key, dmarc };
    let mut findings = vec![
        bounces::finding(envelope, inbox),
        spf::finding(&looked),
        dkim::finding(
            looked.key.as_ref().map(|(dkim, key)| (*dkim, key)),
            ours.as_ref().map(|ours| ours.as_deref().map_err(String::as_str)),
        ),
        dmarc::finding(&looked),
    ];
    if matches!(looked.origin.how, How::Ours | How::Said) {
        for address in &looked.origin.addresses {
            findings.push(reverse(*address, &names).await);
        }
    }
    findings
}

/// Why nothing was looked up; and that letters cannot be signed, which needs no DNS to be seen.
fn without_the_dns(finding: Finding, ours: Option<&Result<String, String>>) -> Vec<Finding> {
    let mut findings = vec![finding];
    if let Some(Err(why)) = ours {
        findings.push(dkim::unusable(why));
    }
    findings
}

/// The record of the key that letters are signed with, as `v=DKIM1; k=…; p=…`.
///
/// # Errors
/// The key file cannot be used; the error says what to do.
fn our_record(dkim: &Dkim) -> Result<String, String> {
    let (key, _) = file::read(&dkim.key_file).map_err(|why| why.to_string())?;
    Ok(Record::of(&dkim.domain, &dkim.selector, &key).value)
}

/// Whoever delivers to the world by itself is asked for its name.
async fn reverse(address: IpAddr, names: &Names) -> Finding {
    match names.judge(|answers| published::domain::confirmed_names(answers, address)).await {
        Err(why) => Finding::unknown("reverse DNS", &why),
        Ok(found) if found.is_empty() => {
            Finding::warning("reverse DNS", format!("{address} has no name that leads back to it."))
                .means("Many servers take no mail from such an address.")
                .todo("Have whoever rents you the address set its name (PTR) to that of the mail server.")
        }
        Ok(found) => {
            Finding::ok("reverse DNS", format!("{address} is {}, and that leads back to it.", found.join(", ")))
        }
    }
}
