//! The shapes of the published reference, taken strictly: a field that a shape does not tell of is a mistake. (The documents
//! themselves leave objects open, since clients are to tolerate additions; here they are closed.)

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex};

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

/// One of the documents.
pub(crate) struct Document {
    whole: Value,
    /// Its shared shapes, closed.
    shapes: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Deref for Document {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.whole
    }
}

impl Document {
    /// Out of its text.
    pub(crate) fn new(text: &str) -> Self {
        let whole: Value = serde_json::from_str(text).expect("the reference is JSON");
        Self { shapes: closed_shapes(&whole), whole, validators: Mutex::default() }
    }

    /// What a reference within it leads to; anything else itself.
    pub(crate) fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(pointer) => {
                let target = self.whole.pointer(pointer.trim_start_matches('#'));
                target.unwrap_or_else(|| panic!("{pointer} leads nowhere"))
            }
            None => value,
        }
    }

    /// What is wrong with a value of one of its shapes, strictly.
    pub(crate) fn valid(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let validator = self.validator(schema);
        let wrongs = validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path()));
        let wrongs: Vec<String> = wrongs.collect();
        if wrongs.is_empty() { Ok(()) } else { Err(wrongs.join("; ")) }
    }

    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let key = schema.to_string();
        let mut known = self.validators.lock().expect("nobody panicked with it");
        let made = known.entry(key).or_insert_with(|| {
            let mut whole = closed(schema);
            whole["components"] = json!({ "schemas": self.shapes });
            let built = jsonschema::options().with_draft(Draft::Draft202012).build(&whole);
            Arc::new(built.expect("the reference holds schemas"))
        });
        Arc::clone(made)
    }
}

/// The shared shapes, each open for those who add to it, with everything within it closed.
fn closed_shapes(document: &Value) -> Value {
    let shapes = document["components"]["schemas"].as_object().expect("an object");
    shapes.iter().map(|(name, shape)| (name.clone(), opened(shape))).collect::<Map<_, _>>().into()
}

/// A shape whose objects have the told fields and no others.
fn closed(schema: &Value) -> Value {
    let mut shape = opened(schema);
    if let Some(object) = shape.as_object_mut()
        && !object.contains_key("additionalProperties")
    {
        object.insert("unevaluatedProperties".into(), false.into());
    }
    shape
}

/// The same for what is part of a composition: only what is within it is closed.
fn opened(schema: &Value) -> Value {
    let Value::Object(schema) = schema else { return schema.clone() };
    let inner = |(key, value): (&String, &Value)| {
        let value = match (key.as_str(), value) {
            ("properties", Value::Object(all)) => all.iter().map(|(name, s)| (name.clone(), closed(s))).collect(),
            ("allOf" | "oneOf" | "anyOf", Value::Array(all)) => all.iter().map(opened).collect(),
            ("items" | "additionalProperties", one) => closed(one),
            (_, other) => other.clone(),
        };
        (key.clone(), value)
    };
    Value::Object(schema.iter().map(inner).collect())
}
