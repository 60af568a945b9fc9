//! What all letters wear: their HTML, from templates of one frame.

use std::fmt::Write as _;
use std::sync::LazyLock;

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, Output, State, escape_formatter};
use serde::Serialize;

/// The templates. By their names ending in .html everything that is put in is escaped (rule E5).
const TEMPLATES: [(&str, &str); 4] = [
    ("frame.html", include_str!("frame.html")),
    ("parts.html", include_str!("parts.html")),
    ("letter.html", include_str!("letter.html")),
    ("note.html", include_str!("note.html")),
];

/// The HTML of a letter about a conversation.
pub(super) fn letter(content: &impl Serialize) -> String {
    render("letter.html", content)
}

/// The HTML of a letter about an account.
pub(super) fn note(content: &impl Serialize) -> String {
    render("note.html", content)
}

fn render(name: &str, content: &impl Serialize) -> String {
    static ALL: LazyLock<Environment<'static>> = LazyLock::new(|| {
        let mut all = Environment::new();
        all.set_formatter(escaped);
        for (name, text) in TEMPLATES {
            all.add_template(name, text)
                .expect("templates are part of the program, and every test of a letter parses them");
        }
        all
    });
    ALL.get_template(name)
        .and_then(|template| template.render(Serde(content)))
        .expect("a template uses only what its content has, and every test of a letter renders it")
}

/// Escapes what HTML needs escaped and no more: minijinja does so with slashes too, and links like `https:&#x2f;&#x2f;` look as
/// if they had something to hide to whoever filters mail.
fn escaped(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_safe() || !matches!(state.auto_escape(), AutoEscape::Html) {
        return escape_formatter(out, state, value);
    }
    for c in value.to_string().chars() {
        match c {
            '&' => out.write_str("&amp;")?,
            '<' => out.write_str("&lt;")?,
            '>' => out.write_str("&gt;")?,
            '"' => out.write_str("&quot;")?,
            '\'' => out.write_str("&#39;")?,
            c => out.write_char(c)?,
        }
    }
    Ok(())
}
