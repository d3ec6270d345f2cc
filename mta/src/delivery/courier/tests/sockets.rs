//! The same over real sockets.

use tokio::net::TcpListener;

use super::super::super::dial::Network;
use super::super::super::script::play;
use super::*;

#[tokio::test]
async fn a_message_goes_over_tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut scene = scene("b.example MX 10 one.b.example\none.b.example A 127.0.0.1");
    scene.settings.route.port = listener.local_addr().unwrap().port();
    scene.settings.route.own.loopback = false;
    let host = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        play(stream, &format!("{HELLO}{}{QUIT}", TAKE.repeat(3))).await
    });
    let world = Surroundings { dial: Arc::new(Network), ..scene.courier().world };
    let courier = Courier::new(scene.settings.clone(), world);
    let parcels = (0..3).map(parcel).collect();
    let (settled, _) = courier.deliver(Timestamp::new(0), &scene.destination(), parcels).await;
    assert!(settled.iter().all(|settled| settled.outcomes[0].verdict == Verdict::Delivered));
    host.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut scene = scene("b.example A 127.0.0.1");
    scene.settings.route.port = listener.local_addr().unwrap().port();
    scene.settings.route.own.loopback = false;
    drop(listener);
    let world = Surroundings { dial: Arc::new(Network), ..scene.courier().world };
    let courier = Courier::new(scene.settings.clone(), world);
    let (settled, _) =
        courier.deliver(Timestamp::new(0), &scene.destination(), vec![parcel(0)]).await;
    assert_eq!(words(&settled[0].outcomes[0]), "later 4.4.1 b.example");
}
