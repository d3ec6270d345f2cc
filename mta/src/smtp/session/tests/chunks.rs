//! BDAT beyond what a transcript can show: limits of what is read at all, a store that fails in the middle.

use super::*;

async fn begun(house: &TestHouse) -> Dialogue {
    let mut client = house.connect();
    let lines = ["EHLO crepes.fr", "MAIL FROM:<alice@crepes.fr>", "RCPT TO:<bob@hamburger.edu>"];
    assert!(client.say_all(&lines).await.starts_with("250 "));
    client
}

impl Dialogue {
    /// Announces a chunk and sends it, or says how it ended.
    async fn chunk(&mut self, line: &str, octets: &[u8], ended: Result<(), BodyFault>) -> String {
        assert_eq!(self.say(line).await, "", "there is no word between a chunk and its octets");
        let Some(Next::Literal { octets: announced, mut intake }) = self.next.take() else {
            panic!("no chunk is wanted")
        };
        assert_eq!(announced, octets.len() as u64);
        intake.write(octets).await.unwrap();
        self.hear(Input::Literal(intake, ended.map(|()| announced))).await
    }
}

#[tokio::test]
async fn a_chunk_may_be_so_large_or_nothing_behind_it_is_heard() {
    let mut house = house().await;
    house.limits.chunk_octets_max = 1_000;
    house.limits.message_octets_max = 500;
    let mut client = begun(&house).await;
    let reply = client.chunk("BDAT 1000 LAST", &[b'x'; 1_000], Ok(())).await;
    assert_eq!(reply, "552 5.3.4 That message is too large: the limit is 500 octets\r\n");
    assert!(!client.is_over());
    let reply = client.say("BDAT 1001 LAST").await;
    assert_eq!(reply, "552 5.3.4 That message is too large: the limit is 500 octets\r\n");
    assert!(client.is_over());
}

#[tokio::test]
async fn a_disk_that_is_full_in_the_middle_ends_the_letter_and_its_other_chunks() {
    let house = house().await;
    let mut client = begun(&house).await;
    assert!(client.chunk("BDAT 3", b"x\r\n", Ok(())).await.starts_with("250 2.0.0 3 octets"));
    let full = BodyFault::Intake(std::io::ErrorKind::StorageFull.into());
    let reply = client.chunk("BDAT 3", b"y\r\n", Err(full)).await;
    assert!(reply.starts_with("452 4.3.1 The disk is full here; "), "{reply}");
    let reply = client.chunk("BDAT 3 LAST", b"z\r\n", Ok(())).await;
    assert!(reply.starts_with("503 5.5.1 "), "{reply}");
    assert!(house.inbox("bob@hamburger.edu").await.is_empty());
    assert!(client.say("MAIL FROM:<alice@crepes.fr>").await.starts_with("250 "));
}

#[tokio::test]
async fn a_header_beyond_its_limit_is_refused_at_the_chunk_that_shows_it() {
    let mut house = house().await;
    house.limits.header_octets_max = 20;
    let mut client = begun(&house).await;
    let reply = client.chunk("BDAT 21", b"Subject: 1234567890\r\n", Ok(())).await;
    assert!(reply.starts_with("552 5.3.4 The header of that message is too large"), "{reply}");
}

#[tokio::test]
async fn chunks_make_the_same_message_as_data_does() {
    let house = house().await;
    let message = b"Subject: x\r\n\r\n.\r\ncaf\xc3\xa9\0\r\n";
    for size in [1, 5, 64] {
        let mut client = begun(&house).await;
        for piece in message.chunks(size) {
            client.chunk(&format!("BDAT {}", piece.len()), piece, Ok(())).await;
        }
        assert!(client.chunk("BDAT 0 LAST", b"", Ok(())).await.starts_with("250 2.0.0 Accepted"));
    }
    for stored in house.inbox("bob@hamburger.edu").await {
        let own = stored.split_inclusive("\r\n").skip(5).collect::<String>();
        assert_eq!(own.as_bytes(), message);
    }
    assert_eq!(house.inbox("bob@hamburger.edu").await.len(), 3);
}
