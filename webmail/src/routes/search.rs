//! What a search found. The search is its URL.

use crate::fault::Fault;
use crate::form::Fields;
use crate::frame::{Frame, name_of};
use crate::house::House;
use crate::listing::{Found, Listing, in_query, rows, with};
use crate::pages::{Empty, ListPage, Tools, render};
use crate::query::{self, Term, What};
use crate::reader::{Asked, Reader};
use axum::extract::State;
use axum::response::Response;
use mailstore::{Flags, Mailbox, Query, Scope, Within};

/// `GET /search?q=…&page=…&tick=all`
pub async fn show(
    State(house): State<House>,
    reader: Reader,
    Asked(asked): Asked,
) -> Result<Response, Fault> {
    let mailboxes = house.store().mailboxes(reader.account.id).await?;
    let question = Question::of(&asked, &reader, &mailboxes);
    let list = format!("/search?q={}", in_query(&question.typed));
    let listing = Listing { scope: question.scope.clone(), cursor: asked.get("page"), list };
    let found = listing.find(&house, &reader).await?;
    let all_ticked = asked.get("tick") == "all";
    let within = question.scope.within;
    let here = |mailbox: &&Mailbox| within == Within::Mailbox(mailbox.id);
    let here: Vec<&Mailbox> = mailboxes.iter().filter(here).collect();
    let mut frame = Frame::with(&house, &reader, &question.title(), None, &mailboxes);
    frame.search.clone_from(&question.typed);
    frame.tell(&reader, asked.get("done"), &found.here);
    let page = ListPage {
        assets: house.assets(),
        frame,
        heading: "Search".to_owned(),
        summary: question.summary(&mailboxes),
        notes: question.notes.clone(),
        empty: question.nothing_found(&found, &reader),
        rows: rows(&found, &reader, within, &mailboxes),
        tick_href: if all_ticked { found.here.clone() } else { with(&found.here, "tick", "all") },
        here: found.here,
        newer: found.newer,
        older: found.older,
        all_ticked,
        tools: Tools::of(&here),
    };
    Ok(render(&page))
}

/// A search understood, for this reader's mailboxes.
#[derive(Debug)]
pub struct Question {
    typed: String,
    /// What the store is asked.
    pub scope: Scope,
    notes: Vec<String>,
}

impl Question {
    /// Reads `q` of a query.
    pub fn of(asked: &Fields, reader: &Reader, mailboxes: &[Mailbox]) -> Self {
        let typed = asked.get("q").trim().to_owned();
        let search = query::parse(&typed, reader.now, &reader.zone);
        let mut question =
            Self { typed, scope: Scope::search(Within::Account, Query::All), notes: search.notes };
        let mut conditions = Vec::new();
        for term in &search.terms {
            match &term.what {
                What::Anywhere if !term.not => question.scope.within = Within::Everywhere,
                What::Anywhere => {}
                What::In(name) => match named(name, mailboxes) {
                    Some(mailbox) if !term.not => {
                        question.scope.within = Within::Mailbox(mailbox.id)
                    }
                    Some(mailbox) => conditions.push(Query::not(Query::In(mailbox.id))),
                    None => question.notes.push(format!("There is no mailbox called “{name}”.")),
                },
                _ => conditions.extend(condition(term)),
            }
        }
        question.scope.query =
            if conditions.is_empty() { Query::All } else { Query::And(conditions) };
        question
    }

    fn title(&self) -> String {
        if self.typed.is_empty() { "Search".to_owned() } else { format!("“{}”", self.typed) }
    }

    fn summary(&self, mailboxes: &[Mailbox]) -> String {
        match self.scope.within {
            Within::Mailbox(id) => {
                let name = mailboxes.iter().find(|mailbox| mailbox.id == id).map_or("", name_of);
                format!("in {name}, newest first")
            }
            Within::Account => "newest first, without Trash and Junk".to_owned(),
            Within::Everywhere => "everywhere, newest first".to_owned(),
        }
    }

    fn nothing_found(&self, found: &Found, reader: &Reader) -> Empty {
        let say = |title, words, link| Empty { icon: "search", title, words, link };
        if let (Some(searched_to), Some(older)) = (found.searched_to, &found.older) {
            let since = reader.when(searched_to).in_a_sentence();
            let words = format!("No letter since {since} is like that. There are older ones.");
            return say("Not found yet", words, Some((older.clone(), "Search on")));
        }
        if found.newer.is_some() {
            return say("Nothing more found", "No older letter is like that.".to_owned(), None);
        }
        let everywhere = format!("/search?q={}", in_query(&format!("{} in:anywhere", self.typed)));
        let (words, link) = match self.scope.within {
            Within::Account => (
                "No letter outside of Trash and Junk is like that.".to_owned(),
                Some((everywhere, "Look in Trash and Junk too")),
            ),
            _ => (
                "No letter is like that.".to_owned(),
                Some(("/help#words".to_owned(), "What can be searched by")),
            ),
        };
        say("Nothing found", words, link)
    }
}

/// A mailbox by what people call it, by its full name, or by its beginning.
fn named<'m>(typed: &str, mailboxes: &'m [Mailbox]) -> Option<&'m Mailbox> {
    let typed = typed.to_lowercase();
    let is = |name: &str| name.to_lowercase() == typed;
    let exact = mailboxes.iter().find(|mailbox| is(name_of(mailbox)) || is(mailbox.name.as_str()));
    exact.or_else(|| {
        mailboxes.iter().find(|mailbox| name_of(mailbox).to_lowercase().starts_with(&typed))
    })
}

fn condition(term: &Term) -> Option<Query> {
    let query = match &term.what {
        What::Text(text) => Query::Words(text.clone()),
        What::From(text) => Query::from(text),
        What::To(text) => Query::Or(vec![Query::to(text), Query::cc(text)]),
        What::Subject(text) => Query::subject(text),
        What::HasAttachment => Query::HasAttachment,
        What::Unread => Query::unseen(),
        What::Starred => Query::Flags(Flags::FLAGGED),
        What::Answered => Query::Flags(Flags::ANSWERED),
        What::Before(moment) => Query::Before(*moment),
        What::After(moment) => Query::Since(*moment),
        What::Larger(octets) => Query::Larger(*octets),
        What::Smaller(octets) => Query::Smaller(*octets),
        What::In(_) | What::Anywhere => return None,
    };
    Some(if term.not { Query::not(query) } else { query })
}
