//! The store's side under load: callers that ask until they are answered, and write down what they were told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use license_core::UnixTime;
use license_server::clock::Clock;
use license_server::simulator::store::SimulatedStore;
use license_tests::{
    DAY, PATIENCE, Reply, Signed, Workplace, exchange, machine, post_request, purchase, signed, store_time,
    utc14,
};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::chance::Chance;
use super::leases::sell;
use super::replicas::{Door, SEATS};

/// For each instance more machines ask than there are seats.
const MACHINES: u64 = SEATS + 3;
const CALLERS: u64 = 8;
/// How often a call is repeated that nobody answers.
const TRIES: u32 = 2_000;

/// What a call was for.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    Buy { line: String },
    Apply { instance: String, event: String, machine: u32 },
    Renew { instance: String, order: String, ends_at: UnixTime },
}

/// A call that was answered.
#[derive(Clone, Debug)]
pub struct Ack {
    pub wish: Wish,
    pub body: Value,
    /// The bytes that were sent, and when they were signed, in milliseconds.
    pub signed: Signed,
    pub signed_at: i64,
    pub reply: Reply,
}

/// Signs and sends until there is a final answer.
#[derive(Clone)]
pub struct Caller {
    pub door: Door,
    pub chance: Chance,
}

impl Caller {
    /// Asks until it is answered: signed anew or with the bytes from before, as the store may do.
    pub async fn ask(&mut self, wish: Wish, body: Value) -> Ack {
        let (mut call, mut signed_at) = sign(&body);
        for _ in 0..TRIES {
            if let Some(reply) = self.send(&call).await
                && !["000004", "000005"].contains(&reply.code())
            {
                return Ack { wish, body, signed: call, signed_at, reply };
            }
            // Who is refused, or told to wait, comes back a little later.
            tokio::time::sleep(Duration::from_millis(5 + self.chance.below(20))).await;
            if self.chance.below(2) == 0 {
                (call, signed_at) = sign(&body);
            }
        }
        panic!("never answered: {wish:?}");
    }

    /// Sends once. Whoever dies before it answers gives nothing; whoever lives answers in time.
    pub async fn send(&mut self, call: &Signed) -> Option<Reply> {
        let address = self.door.any(&mut self.chance).await;
        let answered = timeout(PATIENCE, exchange(address, &post_request(&call.query, &call.body))).await;
        let reply = answered.expect("an answer or an end").ok()?;
        assert_eq!(reply.status, 200, "{}", reply.text());
        let reply = Reply::read(reply.body);
        assert_eq!(reply.indiscretion(), None);
        Some(reply)
    }

    /// The same bytes again while they are young enough, and then, or by chance, a new signature.
    pub async fn repeat(&mut self, ack: &Ack) {
        let is_young = Clock::system().now_ms() - ack.signed_at < 45_000;
        let again = if is_young && self.chance.below(2) == 0 {
            loop {
                match self.send(&ack.signed).await {
                    Some(reply) if reply.code() != "000005" => break reply,
                    _ => tokio::time::sleep(Duration::from_millis(20)).await,
                }
                if Clock::system().now_ms() - ack.signed_at >= 55_000 {
                    return;
                }
            }
        } else {
            self.ask(ack.wish.clone(), ack.body.clone()).await.reply
        };
        let (before, after) = (ack.reply.bytes.escape_ascii(), again.bytes.escape_ascii());
        assert_eq!(before.to_string(), after.to_string(), "{:?}", ack.wish);
    }
}

fn sign(body: &Value) -> (Signed, i64) {
    let now = Clock::system().now_ms();
    (signed(Workplace::ACCESS_KEY, now, body.to_string().as_bytes()), now)
}

/// Callers at work.
pub struct Load {
    callers: JoinSet<()>,
    stop: watch::Sender<bool>,
    acks: Arc<Mutex<Vec<Ack>>>,
    answered: watch::Receiver<u64>,
}

/// What all callers know of each other.
struct Shared {
    acks: Arc<Mutex<Vec<Ack>>>,
    answered: watch::Sender<u64>,
    name: String,
    /// Where orders are read, if they are.
    store: Option<SimulatedStore>,
}

impl Load {
    /// Starts callers whose order lines begin with a name.
    pub fn start(door: &Door, chance: &mut Chance, name: &str) -> Self {
        Self::at(None, door, chance, name)
    }

    /// The same where a store is asked for orders.
    pub fn at(store: Option<&SimulatedStore>, door: &Door, chance: &mut Chance, name: &str) -> Self {
        let acks = Arc::new(Mutex::new(Vec::new()));
        let ((stop, stopped), (told, answered)) = (watch::channel(false), watch::channel(0));
        let (name, store) = (name.to_owned(), store.cloned());
        let shared = Arc::new(Shared { acks: Arc::clone(&acks), answered: told, name, store });
        let mut callers = JoinSet::new();
        for number in 0..CALLERS {
            let caller = Caller { door: door.clone(), chance: Chance::of(chance.next()) };
            callers.spawn(work(caller, number, Arc::clone(&shared), stopped.clone()));
        }
        Self { callers, stop, acks, answered }
    }

    /// Waits until so many more calls were answered.
    pub async fn go_on(&mut self, calls: u64) {
        let until = *self.answered.borrow() + calls;
        let reached = timeout(PATIENCE, self.answered.wait_for(|count| *count >= until)).await;
        if !matches!(reached, Ok(Ok(_))) {
            // A caller that failed says why.
            while let Some(ended) = self.callers.try_join_next() {
                ended.expect("every answer is right");
            }
            panic!("{calls} calls are answered");
        }
    }

    /// Ends the load; what was answered.
    pub async fn end(mut self) -> Vec<Ack> {
        self.stop.send_replace(true);
        while let Some(ended) = self.callers.join_next().await {
            ended.expect("every answer is right");
        }
        std::mem::take(&mut self.acks.lock().expect("no panic"))
    }
}

async fn work(mut caller: Caller, number: u64, shared: Arc<Shared>, stopped: watch::Receiver<bool>) {
    let mut instances: Vec<(String, u32)> = Vec::new();
    let mut n = 0;
    while !*stopped.borrow() {
        n += 1;
        let what = if instances.is_empty() { 0 } else { caller.chance.below(10) };
        if what >= 8 {
            let known = {
                let acks = shared.acks.lock().expect("no panic");
                (!acks.is_empty()).then(|| caller.chance.pick(&acks).clone())
            };
            if let Some(known) = known {
                caller.repeat(&known).await;
            }
            continue;
        }
        let (wish, body) = match what {
            0 | 1 => buy(&mut caller.chance, &shared, number, n),
            // What a store says of an order goes before what a renewal says.
            2 if shared.store.is_none() => {
                let (instance, _) = caller.chance.pick(&instances);
                renew(instance, &format!("renewal-{}-{number}-{n}", shared.name), caller.chance.below(90))
            }
            _ => {
                let (instance, first) = caller.chance.pick(&instances).clone();
                let machine = first + u32::try_from(caller.chance.below(MACHINES)).expect("few");
                // Some events are told to several callers.
                let event = match caller.chance.below(3) {
                    0 => format!("{instance}-{machine}"),
                    _ => format!("event-{}-{number}-{n}", shared.name),
                };
                apply(&instance, &event, machine)
            }
        };
        let ack = caller.ask(wish, body).await;
        let expected: &[&str] = match &ack.wish {
            Wish::Apply { .. } => &["000000", "000900"],
            _ => &["000000"],
        };
        assert!(expected.contains(&ack.reply.code()), "{ack:?}");
        if let Wish::Buy { line } = &ack.wish {
            instances.push((ack.reply.instance().to_owned(), first_machine(line)));
        }
        shared.acks.lock().expect("no panic").push(ack);
        shared.answered.send_modify(|count| *count += 1);
    }
}

/// A line of one's own, or one that the others buy as well.
fn buy(chance: &mut Chance, shared: &Shared, number: u64, n: u64) -> (Wish, Value) {
    let name = &shared.name;
    let line = match chance.below(2) {
        0 => format!("{name}-shared-{}", chance.below(6)),
        _ => format!("{name}-{number}-{n}"),
    };
    if let Some(store) = &shared.store {
        sell(store, &line, SEATS);
    }
    let body = purchase(&line);
    (Wish::Buy { line }, body)
}

/// The body of an application for 30 days.
pub fn apply(instance: &str, event: &str, number: u32) -> (Wish, Value) {
    let now = Clock::system().now();
    let body = json!({
        "activity": "getLicenseAsync", "instanceId": instance, "eventId": event,
        "effectiveTime": store_time(now), "expireTime": store_time(now.plus(30 * DAY)),
        "deviceFingerprint": machine(number).four_part(),
    });
    (Wish::Apply { instance: instance.to_owned(), event: event.to_owned(), machine: number }, body)
}

fn renew(instance: &str, order: &str, days: u64) -> (Wish, Value) {
    let ends_at = Clock::system().now().plus((400 + i64::try_from(days).expect("few")) * DAY);
    let body = json!({
        "activity": "refreshInstance", "scene": "RENEWAL", "orderId": order, "orderLineId": format!("{order}-000001"),
        "instanceId": instance, "expireTime": utc14(ends_at),
    });
    (Wish::Renew { instance: instance.to_owned(), order: order.to_owned(), ends_at }, body)
}

/// The same machines for the same line, whoever buys it.
fn first_machine(line: &str) -> u32 {
    let mut sum = Chance::of(line.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(31) + u64::from(byte)));
    u32::try_from(sum.below(1_000_000)).expect("few") * 16
}
