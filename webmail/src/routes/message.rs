//! One message: alone on a page, and its HTML as a document of its own.

use crate::fault::Fault;
use crate::frame::Frame;
use crate::house::House;
use crate::html::{self, DOCUMENT_POLICY, Document};
use crate::letter::{self, Form, Opened};
use crate::listing::{subject_or, with};
use crate::pages::{ConversationPage, Tools, render};
use crate::pick::Pick;
use crate::reader::{Asked, Looks, Reader};
use crate::routes::conversation::mark_read;
use crate::view::{Known, Views};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use mailstore::{ContentId, Flags, MessageRow, UidSet};

/// `GET /message/{content}?view=plain|html`
pub async fn show(
    State(house): State<House>,
    reader: Reader,
    Path(content): Path<String>,
    Asked(asked): Asked,
    Looks(looks): Looks,
) -> Result<Response, Fault> {
    let content = content_id(&content)?;
    let opened = letter::open(&house, &reader, content).await?;
    if looks {
        mark_read(&house, opened.places.iter()).await;
    }
    let row = row_of(&house, &opened).await?;
    let mailboxes = house.store().mailboxes(reader.account.id).await?;
    let known = Known {
        content,
        line: &opened.line,
        octets: opened.content.octets(),
        arrived: row.internal_date,
        places: &opened.places,
        here: None,
        open: true,
    };
    let form = match asked.get("view") {
        "plain" => Form::Plain,
        "html" => Form::Html,
        _ => Form::Best,
    };
    let views = Views { reader: &reader, mailboxes: &mailboxes, limits: &house.config().limits };
    let view = views.opened(&known, &opened, form).await?;
    let subject = subject_or(&opened.line.subject);
    let here = format!("/message/{content}");
    let mut frame = Frame::with(&house, &reader, &subject, None, &mailboxes);
    frame.tell(&reader, asked.get("done"), &here);
    let pick: Pick = opened.places.iter().collect();
    let list =
        opened.places.first().map_or("/".to_owned(), |place| format!("/mailbox/{}", place.mailbox));
    let page = ConversationPage {
        assets: house.assets(),
        frame,
        subject,
        summary: String::new(),
        pick: pick.to_string(),
        starred: opened.places.iter().any(|place| place.flags.contains(Flags::FLAGGED)),
        tools: Tools::for_places(&opened.places, &mailboxes),
        back: with(&format!("/conversation/{}", row.conversation), "back", &list),
        back_name: "Conversation".to_owned(),
        message_back: list,
        here,
        earlier: None,
        messages: vec![view],
    };
    Ok(render(&page))
}

/// `GET /message/{content}/html`: what stands in the frame. It may fetch nothing, run nothing and send nothing.
pub async fn html(
    State(house): State<House>,
    reader: Reader,
    Path(content): Path<String>,
) -> Result<Response, Fault> {
    let opened = letter::open(&house, &reader, content_id(&content)?).await?;
    let limits = house.config().limits.clone();
    let source = opened.html(&limits).await?.ok_or(Fault::NotFound)?;
    let pictures = opened.pictures(&limits).await?;
    let cleaning = move || html::clean(&source.text, &pictures, &limits.html);
    let mut cleaned = letter::aside(cleaning).await?;
    cleaned.cut |= source.cut;
    let document = Document { subject: &subject_or(&opened.line.subject), cleaned: &cleaned };
    let mut response = Html(document.render()).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOCUMENT_POLICY));
    Ok(response)
}

/// The content that a URL names.
pub fn content_id(text: &str) -> Result<ContentId, Fault> {
    text.parse().map(ContentId::new).map_err(|_| Fault::NotFound)
}

async fn row_of(house: &House, opened: &Opened) -> Result<MessageRow, Fault> {
    let place = opened.places.first().ok_or(Fault::NotFound)?;
    let rows = house.store().messages(place.mailbox, &UidSet::from(place.uid)).await?;
    rows.into_iter().next().ok_or(Fault::NotFound)
}
