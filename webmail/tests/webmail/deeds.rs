//! Archive, delete, mark, star, and taking it back.

use crate::guest::{Guest, House, Page, answer, letter};
use axum::http::StatusCode;
use mailstore::{Flags, Options};
use webmail::Limits;

async fn inbox(house: &House, guest: &mut Guest) -> Page {
    guest.get(&format!("/mailbox/{}", house.inbox)).await
}

/// Presses a button of the list with these lines ticked.
async fn on_list(guest: &mut Guest, list: &Page, verb: &str, lines: &[usize]) -> Page {
    let picks = list.fields("pick");
    let back = list.field("back");
    let mut fields = vec![("do", verb), ("back", back.as_str())];
    fields.extend(lines.iter().map(|line| ("pick", picks[*line].as_str())));
    let answer = guest.press(list, "/do", &fields).await;
    guest.follow(answer).await
}

#[tokio::test]
async fn archiving_from_a_list_is_taken_back_by_one_button() {
    let house = House::new().await;
    for (subject, ago) in [("Tea", 60), ("Coffee", 120), ("Cocoa", 180)] {
        house.letter(subject, ago).await;
    }
    let mut ann = house.ann().await;
    let list = inbox(&house, &mut ann).await;
    assert_eq!(list.subjects(), ["Tea", "Coffee", "Cocoa"]);
    let after = on_list(&mut ann, &list, "archive", &[0, 2]).await;
    assert_eq!(after.subjects(), ["Coffee"]);
    assert!(after.has("2 conversations archived."), "{}", after.body);
    assert_eq!(house.counts("Archive").await, (2, 2));
    let undone = ann.undo(&after).await;
    assert!(undone.has("Taken back."));
    assert_eq!(undone.subjects(), ["Tea", "Coffee", "Cocoa"]);
    assert_eq!(house.counts("Archive").await, (0, 0));
}

#[tokio::test]
async fn undo_pressed_twice_finds_nothing_left() {
    let house = House::new().await;
    house.letter("Tea", 60).await;
    let mut ann = house.ann().await;
    let list = inbox(&house, &mut ann).await;
    let after = on_list(&mut ann, &list, "delete", &[0]).await;
    assert!(after.has("Message moved to Trash."), "{}", after.body);
    ann.undo(&after).await;
    let again = ann.undo(&after).await;
    assert!(again.has("There was nothing left to change."));
    assert_eq!(house.counts("INBOX").await, (1, 1));
}

#[tokio::test]
async fn undo_belongs_to_the_session_that_did_it() {
    let house = House::new().await;
    house.letter("Tea", 60).await;
    let mut ann = house.ann().await;
    let list = inbox(&house, &mut ann).await;
    let after = on_list(&mut ann, &list, "delete", &[0]).await;
    let mut elsewhere = house.ann().await;
    let help = elsewhere.get("/help").await;
    let page = elsewhere.press(&help, "/undo", &[("undo", &after.field("undo"))]).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert_eq!(house.counts("Trash").await, (1, 1));
}

#[tokio::test]
async fn a_forged_bar_is_not_shown() {
    let house = House::new().await;
    let mut ann = house.ann().await;
    let page =
        ann.get(&format!("/mailbox/{}?done=deleted~5~5.AAAAAAAAAAAAAAAAAAAAAA", house.inbox)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.has("class=\"bar\""));
}

#[tokio::test]
async fn deleting_in_trash_asks_first_and_is_for_good() {
    let house = House::new().await;
    let trash = house.mailbox("Trash").await;
    house.put(trash, &letter("Old tea", "x"), 60).await;
    let mut ann = house.ann().await;
    let list = ann.get(&format!("/mailbox/{trash}")).await;
    assert!(list.has("Delete for good"));
    let pick = list.field("pick");
    let question = ann
        .press(&list, "/do", &[("do", "delete"), ("pick", &pick), ("back", &list.field("back"))])
        .await;
    assert_eq!(question.status, StatusCode::OK);
    assert!(question.has("Delete this message for good?"));
    assert_eq!(house.counts("Trash").await, (1, 1), "nothing is gone yet");
    let fields = [("do", "delete-for-good"), ("pick", &pick), ("back", &question.field("back"))];
    let answer = ann.press(&question, "/do", &fields).await;
    let after = ann.follow(answer).await;
    assert!(after.has("Message deleted for good."));
    assert!(!after.has("action=\"/undo\""));
    assert_eq!(house.counts("Trash").await, (0, 0));
}

#[tokio::test]
async fn for_good_works_in_trash_only() {
    let house = House::new().await;
    house.letter("Tea", 60).await;
    let mut ann = house.ann().await;
    let list = inbox(&house, &mut ann).await;
    let after = on_list(&mut ann, &list, "delete-for-good", &[0]).await;
    assert!(after.has("There was nothing left to change."));
    assert_eq!(house.counts("INBOX").await, (1, 1));
}

#[tokio::test]
async fn only_what_the_page_showed_is_touched() {
    let house = House::new().await;
    house.letter("Tea", 600).await;
    let mut ann = house.ann().await;
    let list = inbox(&house, &mut ann).await;
    // An answer arrives between looking and pressing.
    house.put(house.inbox, &answer("Tea", "Yes please.", 1), 10).await;
    on_list(&mut ann, &list, "delete", &[0]).await;
    assert_eq!(house.counts("INBOX").await, (1, 1));
    assert_eq!(house.counts("Trash").await, (1, 1));
}

#[tokio::test]
async fn read_and_unread_change_only_what_was_otherwise_and_go_back_to_that() {
    let house = House::new().await;
    house.letter("Tea", 60).await;
    let read = house.put_flagged(house.inbox, &letter("Coffee", "x"), 120, Flags::SEEN).await;
    let mut ann = house.ann().await;
    let list = inbox(&house, &mut ann).await;
    let after = on_list(&mut ann, &list, "read", &[0, 1]).await;
    assert_eq!(house.counts("INBOX").await, (2, 0));
    ann.undo(&after).await;
    assert_eq!(house.counts("INBOX").await, (2, 1));
    assert!(
        house.flags(house.inbox, read).await.contains(Flags::SEEN),
        "what was read before stays read"
    );
    on_list(&mut ann, &list, "unread", &[0, 1]).await;
    assert_eq!(house.counts("INBOX").await, (2, 2));
}

#[tokio::test]
async fn a_star_is_one_button_and_stands_on_the_newest_message() {
    let house = House::new().await;
    let first = house.letter("Tea", 600).await;
    let newest = house.put(house.inbox, &answer("Tea", "Yes.", 1), 60).await;
    let mut ann = house.ann().await;
    let list = inbox(&house, &mut ann).await;
    assert!(list.has("aria-pressed=\"false\""));
    // Another line is ticked; the star's own line counts.
    let fields = [("star", list.field("star")), ("back", list.field("back"))];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = ann.press(&list, "/do", &fields).await;
    let starred = ann.follow(answer).await;
    assert!(starred.has("aria-pressed=\"true\""), "{}", starred.body);
    assert!(house.flags(house.inbox, newest).await.contains(Flags::FLAGGED));
    assert!(!house.flags(house.inbox, first).await.contains(Flags::FLAGGED));
    let fields = [("unstar", starred.field("unstar")), ("back", starred.field("back"))];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    ann.press(&starred, "/do", &fields).await;
    assert!(!house.flags(house.inbox, newest).await.contains(Flags::FLAGGED));
}

#[tokio::test]
async fn nothing_ticked_is_told_and_nothing_is_done() {
    let house = House::new().await;
    house.letter("Tea", 60).await;
    let mut ann = house.ann().await;
    let list = inbox(&house, &mut ann).await;
    let after = on_list(&mut ann, &list, "delete", &[]).await;
    assert!(after.has("Nothing was ticked"));
    assert_eq!(house.counts("INBOX").await, (1, 1));
}

#[tokio::test]
async fn all_can_be_ticked_without_javascript() {
    let house = House::new().await;
    house.letter("Tea", 60).await;
    house.letter("Coffee", 120).await;
    let mut ann = house.ann().await;
    let list = inbox(&house, &mut ann).await;
    let href = list.links(&format!("/mailbox/{}?tick=all", house.inbox)).remove(0);
    let ticked = ann.get(&href).await;
    assert_eq!(ticked.body.matches(" checked").count(), 2);
    assert!(ticked.has("Untick all"));
}

#[tokio::test]
async fn from_a_conversation_its_messages_of_that_mailbox_are_moved_and_the_list_comes_back() {
    let house = House::new().await;
    house.letter("Tea", 600).await;
    house.put(house.inbox, &answer("Tea", "Yes.", 1), 60).await;
    let sent = house.mailbox("Sent").await;
    house.put_flagged(sent, &answer("Tea", "My own answer.", 2), 30, Flags::SEEN).await;
    let mut ann = house.ann().await;
    let list = inbox(&house, &mut ann).await;
    let page = ann.get(&list.links("/conversation/")[0]).await;
    assert!(page.has("My own answer."), "one's own answers belong to it: {}", page.body);
    let fields = [
        ("do", "archive"),
        ("pick", &page.field("pick")),
        ("back", &page.field("back")),
        ("here", &page.field("here")),
    ];
    let answer = ann.press(&page, "/do", &fields).await;
    assert!(
        answer.location().starts_with(&format!("/mailbox/{}?done=", house.inbox)),
        "{}",
        answer.location()
    );
    let after = ann.follow(answer).await;
    assert!(after.has("Conversation archived.") && after.has("All done"), "{}", after.body);
    assert_eq!((house.counts("Archive").await.0, house.counts("Sent").await.0), (2, 1));
    ann.undo(&after).await;
    assert_eq!(house.counts("INBOX").await.0, 2);
}

#[tokio::test]
async fn marking_unread_leaves_the_conversation_and_starring_stays() {
    let house = House::new().await;
    house.letter("Tea", 600).await;
    let mut ann = house.ann().await;
    let list = inbox(&house, &mut ann).await;
    let page = ann.get(&list.links("/conversation/")[0]).await;
    let [pick, back, here, list] = ["pick", "back", "here", "list"].map(|name| page.field(name));
    let rest = [("pick", pick.as_str()), ("back", &back), ("here", &here), ("list", &list)];
    let press = |verb: &'static str| [&[("do", verb)], rest.as_slice()].concat();
    let starred = ann.press(&page, "/do", &press("star")).await;
    assert!(starred.location().starts_with("/conversation/"), "{}", starred.location());
    let unread = ann.press(&page, "/do", &press("unread")).await;
    assert!(unread.location().starts_with("/mailbox/"), "{}", unread.location());
    assert_eq!(house.counts("INBOX").await, (1, 1));
}

#[tokio::test]
async fn an_emptied_last_page_gives_way_to_the_page_before() {
    let house = House::with(Limits { conversations_per_page: 2, ..Limits::default() }).await;
    for number in 0..5 {
        house.letter(&format!("Letter {number}"), 100 - number).await;
    }
    let mut ann = house.ann().await;
    let mut third = inbox(&house, &mut ann).await;
    for _ in 0..2 {
        let links = third.links("/mailbox/");
        let older = links.iter().rfind(|link| link.contains("page=o") && !link.contains("tick"));
        third = ann.get(older.unwrap()).await;
    }
    assert_eq!(third.subjects(), ["Letter 0"]);
    let after = on_list(&mut ann, &third, "archive", &[0]).await;
    assert_eq!(after.subjects(), ["Letter 3", "Letter 2"]);
    assert!(after.has("Message archived.") && after.has("rel=\"prev\""), "{}", after.body);
    ann.undo(&after).await;
    assert_eq!(house.counts("INBOX").await.0, 5);
}

#[tokio::test]
async fn archiving_leaves_what_one_wrote_where_it_is() {
    let house = House::new().await;
    house.letter("Tea", 600).await;
    let (sent, drafts) = (house.mailbox("Sent").await, house.mailbox("Drafts").await);
    house.put_flagged(sent, &answer("Tea", "My answer.", 1), 60, Flags::SEEN).await;
    house.put_flagged(drafts, &answer("Tea", "Not yet sent.", 2), 30, Flags::DRAFT).await;
    let mut ann = house.ann().await;
    let found = ann.get("/search?q=tea").await;
    let after = on_list(&mut ann, &found, "archive", &[0]).await;
    assert!(after.has("archived."), "{}", after.body);
    for (mailbox, messages) in [("Sent", 1), ("Drafts", 1), ("Archive", 1), ("INBOX", 0)] {
        assert_eq!(house.counts(mailbox).await.0, messages, "{mailbox}");
    }
    for mailbox in [sent, drafts, house.mailbox("Archive").await] {
        let list = ann.get(&format!("/mailbox/{mailbox}")).await;
        let page = ann.get(&list.links("/conversation/")[0]).await;
        assert!(!list.has("value=\"archive\"") && !page.has("value=\"archive\""), "{mailbox}");
    }
    let found = ann.get("/search?q=tea").await;
    let page = ann.get(&found.links("/conversation/")[0]).await;
    assert!(!page.has("value=\"archive\""), "there is nothing left to archive");
}

#[tokio::test]
async fn of_a_very_long_conversation_the_bar_says_what_was_left() {
    let mut options = Options::default();
    options.conversation.places_max = 3;
    let house = House::on(options, Limits::default()).await;
    house.letter("Tea", 600).await;
    for number in 1..5 {
        house.put(house.inbox, &answer("Tea", "Yes.", number), 60).await;
    }
    let mut ann = house.ann().await;
    let list = inbox(&house, &mut ann).await;
    let after = on_list(&mut ann, &list, "delete", &[0]).await;
    let words = "The newest 3 messages moved to Trash. The conversation has more.";
    assert!(after.has(words), "{}", after.body);
    assert_eq!(after.subjects().len(), 1);
    let after = on_list(&mut ann, &after, "delete", &[0]).await;
    assert!(after.has("Conversation moved to Trash."), "{}", after.body);
    let trash = ann.get(&format!("/mailbox/{}", house.mailbox("Trash").await)).await;
    let fields = [("do", "delete"), ("pick", &trash.field("pick")), ("back", &trash.field("back"))];
    let question = ann.press(&trash, "/do", &fields).await;
    assert!(
        question.has("Delete the newest 3 messages of this conversation for good?"),
        "{}",
        question.body
    );
}
