//! A name server on loopback whose only zone is the root, signed when it is told so.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use hickory_resolver::proto::dnssec::crypto::Ed25519SigningKey;
use hickory_resolver::proto::dnssec::rdata::sig::SigInput;
use hickory_resolver::proto::dnssec::rdata::{DNSKEY, DNSSECRData, NSEC, RRSIG};
use hickory_resolver::proto::dnssec::{Algorithm, PublicKey, SigningKey, TBS};
use hickory_resolver::proto::op::{Message, Query, ResponseCode};
use hickory_resolver::proto::rr::rdata::SOA;
use hickory_resolver::proto::rr::{DNSClass, Name, RData, Record, RecordType, SerialNumber};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

pub const TTL: u32 = 300;
const UDP_OCTETS_MAX: usize = 1_232;

#[derive(Default)]
pub struct World {
    records: Vec<(Name, RData)>,
    silent: HashSet<Name>,
    failing: HashSet<Name>,
    /// Names whose signatures are wrong.
    forged: HashSet<Name>,
    /// Names of delegations to zones without signatures.
    unsigned: HashSet<Name>,
    key: Option<Key>,
}

struct Key {
    key: Ed25519SigningKey,
    record: DNSKEY,
}

pub fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

impl World {
    pub fn with(mut self, owner: &str, data: RData) -> Self {
        self.records.push((name(owner), data));
        self
    }

    pub fn silent(mut self, owner: &str) -> Self {
        self.silent.insert(name(owner));
        self
    }

    pub fn failing(mut self, owner: &str) -> Self {
        self.failing.insert(name(owner));
        self
    }

    pub fn forged(mut self, owner: &str) -> Self {
        self.forged.insert(name(owner));
        self
    }

    pub fn unsigned(mut self, owner: &str) -> Self {
        self.unsigned.insert(name(owner));
        self
    }

    /// Signs the zone. Gives the line of the trust anchor.
    pub fn signed(mut self) -> (Self, String) {
        let key =
            Ed25519SigningKey::from_pkcs8(&Ed25519SigningKey::generate_pkcs8().unwrap()).unwrap();
        let public = key.to_public_key().unwrap();
        let record = DNSKEY::new(true, true, false, public.clone());
        let text = base64(public.public_bytes());
        self.key = Some(Key { key, record });
        (self, format!(". {TTL} IN DNSKEY 257 3 15 {text}\n"))
    }

    /// Answers on one port by UDP and TCP for as long as the runtime lives.
    pub async fn serve(self) -> SocketAddr {
        let world = Arc::new(self);
        // A port that is free for one may be taken for the other.
        let (udp, tcp) = loop {
            let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
            if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap();
        tokio::spawn(by_udp(Arc::clone(&world), udp));
        tokio::spawn(by_tcp(world, tcp));
        address
    }

    fn reply(&self, question: &[u8]) -> Option<Message> {
        let question = Message::from_vec(question).unwrap();
        let query = question.queries[0].clone();
        if self.silent.contains(query.name()) {
            return None;
        }
        let mut reply = Message::response(question.id, question.op_code);
        reply.metadata.recursion_desired = true;
        reply.metadata.recursion_available = true;
        if let Some(edns) = question.edns.clone() {
            reply.set_edns(edns);
        }
        reply.add_query(query.clone());
        if self.failing.contains(query.name()) {
            reply.metadata.response_code = ResponseCode::ServFail;
            return Some(reply);
        }
        self.fill(&mut reply, &query);
        Some(reply)
    }

    fn fill(&self, reply: &mut Message, query: &Query) {
        let owner = query.name();
        let found = |kind| self.rrset(owner, kind);
        let rrset = [found(query.query_type()), found(RecordType::CNAME)]
            .into_iter()
            .find(|set| !set.is_empty());
        if let Some(rrset) = rrset {
            reply.add_answers(self.with_signature(rrset));
            return;
        }
        let exists = self.records.iter().any(|(name, _)| owner.zone_of(name))
            || self.unsigned.contains(owner);
        if !exists {
            reply.metadata.response_code = ResponseCode::NXDomain;
        }
        reply.add_authorities(self.with_signature(vec![soa()]));
        let insecure = self.unsigned.iter().any(|zone| zone.zone_of(owner) && zone != owner);
        if self.key.is_some() && !insecure {
            reply.add_authorities(self.with_signature(vec![self.nsec(owner, exists)]));
        }
    }

    fn rrset(&self, owner: &Name, kind: RecordType) -> Vec<Record> {
        if kind == RecordType::DNSKEY && owner.is_root() {
            let key = self.key.iter().map(|key| key.record.clone());
            return key.map(|key| record(owner, RData::DNSSEC(DNSSECRData::DNSKEY(key)))).collect();
        }
        if kind == RecordType::SOA && owner.is_root() {
            return vec![soa()];
        }
        if kind == RecordType::NS && self.unsigned.contains(owner) {
            return vec![record(
                owner,
                RData::NS(hickory_resolver::proto::rr::rdata::NS(name("ns.test."))),
            )];
        }
        let here =
            self.records.iter().filter(|(name, data)| name == owner && data.record_type() == kind);
        here.map(|(name, data)| record(name, data.clone())).collect()
    }

    /// What denies: at a name that exists, all kinds but those it has; at one that does not, everything.
    fn nsec(&self, owner: &Name, exists: bool) -> Record {
        let kinds = self
            .records
            .iter()
            .filter(|(name, _)| name == owner)
            .map(|(_, data)| data.record_type());
        let delegation = self.unsigned.contains(owner).then_some(RecordType::NS);
        let (owner, next) = if exists {
            (owner.clone(), owner.prepend_label(&b"\0"[..]).unwrap())
        } else {
            (Name::root(), name("zzzz."))
        };
        let apex =
            (owner.is_root()).then_some([RecordType::SOA, RecordType::NS, RecordType::DNSKEY]);
        let kinds = kinds.chain(delegation).chain(apex.into_iter().flatten());
        let nsec = NSEC::new_cover_self(next, kinds.collect::<Vec<_>>());
        record(&owner, RData::DNSSEC(DNSSECRData::NSEC(nsec)))
    }

    fn with_signature(&self, mut rrset: Vec<Record>) -> Vec<Record> {
        let Some(key) = &self.key else { return rrset };
        let owner = rrset[0].name.clone();
        if self.unsigned.iter().any(|zone| zone.zone_of(&owner))
            && rrset[0].record_type() != RecordType::NSEC
        {
            return rrset;
        }
        let now =
            u32::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
        let input = SigInput {
            type_covered: rrset[0].record_type(),
            algorithm: Algorithm::ED25519,
            num_labels: owner.num_labels(),
            original_ttl: TTL,
            sig_expiration: SerialNumber::new(now + 3_600),
            sig_inception: SerialNumber::new(now - 3_600),
            key_tag: key.record.calculate_key_tag().unwrap(),
            signer_name: Name::root(),
        };
        let signed = TBS::from_input(&owner, DNSClass::IN, &input, rrset.iter()).unwrap();
        let mut signature = key.key.sign(&signed).unwrap();
        if self.forged.contains(&owner) {
            signature[7] ^= 1;
        }
        let signature = RRSIG::from_sig(input, signature);
        rrset.push(record(&owner, RData::DNSSEC(DNSSECRData::RRSIG(signature))));
        rrset
    }
}

fn record(owner: &Name, data: RData) -> Record {
    Record::from_rdata(owner.clone(), TTL, data)
}

fn soa() -> Record {
    record(
        &Name::root(),
        RData::SOA(SOA::new(name("ns.test."), name("hostmaster.test."), 1, 60, 60, 60, 77)),
    )
}

async fn by_udp(world: Arc<World>, socket: UdpSocket) {
    let mut buffer = [0; 4_096];
    while let Ok((octets, peer)) = socket.recv_from(&mut buffer).await {
        let Some(reply) = world.reply(&buffer[..octets]) else { continue };
        let whole = reply.to_vec().unwrap();
        let octets =
            if whole.len() > UDP_OCTETS_MAX { reply.truncate().to_vec().unwrap() } else { whole };
        socket.send_to(&octets, peer).await.unwrap();
    }
}

async fn by_tcp(world: Arc<World>, listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(talk(Arc::clone(&world), stream));
    }
}

async fn talk(world: Arc<World>, mut stream: TcpStream) {
    while let Ok(octets) = stream.read_u16().await {
        let mut question = vec![0; octets.into()];
        stream.read_exact(&mut question).await.unwrap();
        let Some(reply) = world.reply(&question) else { continue };
        let reply = reply.to_vec().unwrap();
        stream.write_u16(u16::try_from(reply.len()).unwrap()).await.unwrap();
        stream.write_all(&reply).await.unwrap();
    }
}

fn base64(octets: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in octets.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, octet| bits << 8 | u32::from(*octet))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    text
}
