//! The store's calls: what is asked, signed and spelled as HTTP.

use std::fmt::Write as _;

use data_encoding::HEXLOWER;
use license_core::UnixTime;
use license_server::clock::Clock;
use license_server::config::Secret;
use license_server::koogallery::sign;

use crate::population::{Parts, Population, four_parts, store_time};

/// For how long licenses are asked, in seconds.
const ASKED_FOR: i64 = 360 * 86_400;

/// What is counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// newInstance of an order line that nobody named before.
    Open,
    /// getLicenseAsync of a device that was not there before.
    New,
    /// getLicenseAsync of a known device with one part changed.
    Known,
    /// getLicenseAsync once more: the same application under another signature.
    Repeat,
    /// queryInstance.
    Look,
}

/// One call of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// newInstance of an instance's number.
    Open(u64),
    /// getLicenseAsync of a device's number.
    Apply(u64, Parts),
    /// The same once more.
    Repeat(u64),
    /// queryInstance of an instance's number.
    Look(u64),
}

impl Call {
    /// Where it is counted.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Open(_) => Kind::Open,
            Self::Apply(_, Parts::AsMade) => Kind::New,
            Self::Apply(_, Parts::OneChanged) => Kind::Known,
            Self::Repeat(_) => Kind::Repeat,
            Self::Look(_) => Kind::Look,
        }
    }
}

impl Kind {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 5] = [Self::Open, Self::New, Self::Known, Self::Repeat, Self::Look];

    /// Its name in a report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "newInstance",
            Self::New => "getLicenseAsync, new device",
            Self::Known => "getLicenseAsync, one part changed",
            Self::Repeat => "getLicenseAsync, repeated",
            Self::Look => "queryInstance",
        }
    }
}

/// Spells and signs calls.
#[derive(Debug)]
pub struct Caller {
    population: Population,
    host: String,
    path: String,
    key: Secret,
    clock: Clock,
    rehearses: bool,
    signed: u64,
    window: (UnixTime, String, String),
    body: String,
}

impl Caller {
    /// A caller of `http://{host}{path}`; one that rehearses sets testFlag 1.
    #[must_use]
    pub fn new(population: Population, host: &str, path: &str, key: Secret, rehearses: bool) -> Self {
        let clock = Clock::system();
        // Nonces begin with the time: no other caller of the same population has them.
        let signed = u64::try_from(clock.now_ms()).unwrap_or(0) << 20;
        Self {
            population,
            host: host.to_owned(),
            path: path.to_owned(),
            key,
            clock,
            rehearses,
            signed,
            window: Default::default(),
            body: String::new(),
        }
    }

    /// The instance that the answer to a newInstance or queryInstance must name.
    #[must_use]
    pub fn expected_instance(&self, call: Call) -> Option<String> {
        match call {
            Call::Open(number) | Call::Look(number) => Some(self.population.instance(number)),
            Call::Apply(..) | Call::Repeat(_) => None,
        }
    }

    /// Appends a request, signed now, to `out`.
    pub fn write(&mut self, call: Call, out: &mut Vec<u8>) {
        self.write_body(call);
        let now_ms = self.clock.now_ms().to_string();
        self.signed += 1;
        let nonce = format!("{:08x}{:024x}", self.population.seed, self.signed);
        let signature = HEXLOWER.encode(&sign(&self.key, &nonce, &now_ms, self.body.as_bytes()));
        let head = format!(
            "POST {}?signature={signature}&timestamp={now_ms}&nonce={nonce} HTTP/1.1\r\nhost: {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.path,
            self.host,
            self.body.len()
        );
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(self.body.as_bytes());
    }

    /// Compact JSON with sorted members, as the store signs and sends it.
    fn write_body(&mut self, call: Call) {
        let now = self.clock.now();
        if self.window.0 != now {
            self.window = (now, store_time(now), store_time(now.plus(ASKED_FOR)));
        }
        let (population, body) = (self.population, &mut self.body);
        body.clear();
        // Writing to a String cannot fail.
        let _ = match call {
            Call::Open(number) => {
                let (order, instance) = (population.order(number), population.instance(number));
                write!(
                    body,
                    r#"{{"activity":"newInstance","businessId":"{instance}","orderId":"{order}","orderLineId":"{order}-000001""#
                )
            }
            Call::Apply(device, parts) => apply(body, population, device, parts, &self.window),
            Call::Repeat(device) => apply(body, population, device, Parts::AsMade, &self.window),
            Call::Look(number) => {
                let instance = population.instance(number);
                write!(body, r#"{{"activity":"queryInstance","instanceId":"{instance}""#)
            }
        };
        body.push_str(if self.rehearses { r#","testFlag":"1"}"# } else { "}" });
    }
}

fn apply(
    body: &mut String,
    population: Population,
    device: u64,
    parts: Parts,
    (_, from, until): &(UnixTime, String, String),
) -> std::fmt::Result {
    let instance = population.instance(population.instance_of(device));
    let (event, text) = (population.event(device, parts), four_parts(population.seed, device, parts));
    write!(
        body,
        r#"{{"activity":"getLicenseAsync","deviceFingerprint":"{text}","effectiveTime":"{from}","eventId":"{event}","expireTime":"{until}","instanceId":"{instance}""#
    )
}
