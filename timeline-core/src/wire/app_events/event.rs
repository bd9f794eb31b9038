//! An event as JSON.

use crate::event::SealedEvent;
use crate::wire::v3::{text_size, time_size, write_text, write_time};

/// How many bytes [`write_sealed`] appends.
pub(crate) fn event_size(event: &SealedEvent, type_name: &str) -> usize {
    const AROUND: usize = r#"{"eventTypeName":,"id":,"timestamp":,"properties":"#.len();
    const OBJECT: usize = r#""objectTypeFullyQualifiedName":,"#.len();
    let object = match (event.content.custom_object(), event.object_type_name()) {
        (Some(name), _) => OBJECT + name.len(),
        (None, Some(name)) => OBJECT + text_size(name),
        (None, None) => 0,
    };
    let texts = text_size(type_name) + text_size(&event.id) + time_size(&event.time);
    let content = event.content.identifiers().len() + event.content.tokens_and_after().len();
    AROUND + object + texts + content
}

/// Appends a sealed event.
pub(crate) fn write_sealed(event: &SealedEvent, type_name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(br#"{"eventTypeName":"#);
    write_text(type_name, out);
    out.extend_from_slice(br#","id":"#);
    write_text(&event.id, out);
    out.push(b',');
    out.extend_from_slice(event.content.identifiers());
    let object = event.content.custom_object();
    if object.is_some() || event.object_type_name().is_some() {
        out.extend_from_slice(br#""objectTypeFullyQualifiedName":"#);
        match (object, event.object_type_name()) {
            // The object type of the single event.
            (Some(name), _) => out.extend_from_slice(name),
            (None, name) => write_text(name.unwrap_or_default(), out),
        }
        out.push(b',');
    }
    out.extend_from_slice(br#""timestamp":"#);
    write_time(&event.time, out);
    out.extend_from_slice(br#","properties":"#);
    out.extend_from_slice(event.content.tokens_and_after());
}

#[cfg(test)]
mod tests {
    use super::{event_size, write_sealed};
    use crate::event::SealedEvent;

    #[test]
    fn what_is_sent() {
        let content = |rest: &str| format!(r#""email":"ada@example.com","objectId":"7"{rest}"#);
        let tokens = r#"{"petName":"Rex"},"extraData":{"a":[1]}"#;
        for (head, custom, object) in [
            ("", "", ""),
            (
                r#""objectTypeName":"p62515_car","#,
                "",
                r#""objectTypeFullyQualifiedName":"p62515_car","#,
            ),
            (
                r#""objectTypeName":"p62515_car","#,
                r#","domain":"x.com","customObjectTypeId":"p62515_bike""#,
                r#""domain":"x.com","objectTypeFullyQualifiedName":"p62515_bike","#,
            ),
        ] {
            let json = format!(
                r#"{{"version":1,"id":"a\"b","idOrigin":"user","template":"1",{head}"timestamp":"2026-08-01T12:00:00.000Z","event":{{{},"tokens":{tokens}}}}}"#,
                content(custom)
            );
            let event = SealedEvent::from_json(json.as_bytes()).expect("a sealed event");
            let mut out = b"before".to_vec();
            write_sealed(&event, "a0001_pet", &mut out);
            let expected = format!(
                r#"before{{"eventTypeName":"a0001_pet","id":"a\"b",{},{object}"timestamp":"2026-08-01T12:00:00.000Z","properties":{tokens}}}"#,
                content("")
            );
            assert_eq!(String::from_utf8_lossy(&out), expected);
            assert_eq!(event_size(&event, "a0001_pet"), out.len() - "before".len());
        }
    }
}
