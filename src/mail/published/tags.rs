//! Lists of tags, `a=1; b=2`, as DKIM and DMARC write them (RFC 6376, 3.2).

/// The tags in their order, names as they are written, values without the spaces around them.
///
/// # Errors
/// What is no tag, or stands there twice.
pub(super) fn tags(text: &str) -> Result<Vec<(&str, &str)>, String> {
    let mut tags: Vec<(&str, &str)> = Vec::new();
    let list = text.trim().strip_suffix(';').unwrap_or(text.trim());
    for part in list.split(';') {
        let (name, value) = part.split_once('=').ok_or_else(|| format!("{:?} is no tag", part.trim()))?;
        let (name, value) = (name.trim(), value.trim());
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name {
            return Err(format!("{name:?} is no name of a tag"));
        }
        if tags.iter().any(|(other, _)| *other == name) {
            return Err(format!("{name}= stands there twice"));
        }
        tags.push((name, value));
    }
    Ok(tags)
}

/// The value of a tag.
pub(super) fn value<'a>(tags: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    tags.iter().find(|(of, _)| *of == name).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_with_their_spaces_and_without() {
        let read = tags(" v = DKIM1 ;k=rsa;\tp=MIG f==; ").unwrap();
        assert_eq!(read, [("v", "DKIM1"), ("k", "rsa"), ("p", "MIG f==")]);
        assert_eq!((value(&read, "p"), value(&read, "P")), (Some("MIG f=="), None));
    }

    #[test]
    fn what_is_no_list_of_tags_is_said() {
        for broken in ["", "v", "v=1;;p=2", "v=1; p=2; v=1", "v=1, p=2; =3", "1v=x"] {
            assert!(tags(broken).is_err(), "{broken}");
        }
    }
}
