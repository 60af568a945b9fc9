//! What all letters wear: their HTML, from templates of one frame.

use std::sync::LazyLock;

use minijinja::Environment;
use minijinja::value::Serde;
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
