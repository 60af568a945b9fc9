//! Who Postfix asks about log-ins: the few words of Dovecot's authentication protocol that it needs, on a port of the loopback.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Lets one user in, by one mechanism. Ends with the test's process.
pub struct Logins {
    address: SocketAddr,
}

impl Logins {
    pub fn start(mechanism: &'static str, user: &'static str, password: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                std::thread::spawn(move || serve(stream.unwrap(), mechanism, user, password));
            }
        });
        Self { address }
    }

    /// The lines of `main.cf` that make log-ins necessary, and ask here about them.
    pub fn settings(&self) -> String {
        format!(
            "smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = inet:{}\n\
             smtpd_client_restrictions = permit_sasl_authenticated, reject",
            self.address
        )
    }
}

fn serve(stream: TcpStream, mechanism: &str, user: &str, password: &str) {
    let mut answers = stream.try_clone().unwrap();
    let cookie = "0".repeat(32);
    let hello = format!("VERSION\t1\t1\nMECH\t{mechanism}\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t{cookie}\nDONE\n");
    answers.write_all(hello.as_bytes()).unwrap();
    let mut given = String::new();
    for line in BufReader::new(stream).lines() {
        let Ok(line) = line else { return };
        let fields: Vec<_> = line.split('\t').collect();
        let (id, said) = match fields[..] {
            ["AUTH", id, ..] => {
                given.clear();
                (id, fields.iter().find_map(|field| field.strip_prefix("resp=")))
            }
            ["CONT", id, said] => (id, Some(said)),
            _ => continue,
        };
        if let Some(said) = said {
            given.push('\0');
            given.push_str(&String::from_utf8(STANDARD.decode(said).unwrap()).unwrap());
        }
        // PLAIN says everything at once, LOGIN the user and the password by turns.
        let answer = match given.trim_start_matches('\0').split('\0').collect::<Vec<_>>()[..] {
            [""] => format!("CONT\t{id}\t{}\n", STANDARD.encode("Username:")),
            [_] => format!("CONT\t{id}\t{}\n", STANDARD.encode("Password:")),
            [u, p] if (u, p) == (user, password) => format!("OK\t{id}\tuser={u}\n"),
            _ => format!("FAIL\t{id}\tuser={user}\n"),
        };
        answers.write_all(answer.as_bytes()).unwrap();
    }
}
