//! Made-up values, shaped as makers, systems and operators write them: none of them may be refused.

use license_core::{Fingerprint, Kind};

use super::{grouped, names, realm, uuid_spellings};

/// How many of each kind: `LICENSE_TESTS_HONEST`, 10,000 unless it is set.
fn rounds() -> usize {
    std::env::var("LICENSE_TESTS_HONEST").ok().map_or(10_000, |text| text.parse().unwrap())
}

#[test]
fn no_honest_value_is_refused() {
    let mut random = Random(0x5eed_1157);
    let vendors =
        ["047C16", "8C1D96", "B42E99", "A0CEC8", "D05099", "3C7C3F", "F8E43B", "001B21", "00E04C", "DCA632"];
    for _ in 0..rounds() {
        let address = format!("{}{}", random.of(&vendors), random.hex(6));
        check(Kind::Mac, &grouped(&address, 2, ":"), &random);
        check(Kind::Disk, &honest_disk(&mut random), &random);
        check(Kind::Board, &honest_board(&mut random), &random);
        check(Kind::System, &honest_uuid(&mut random), &random);
        check(Kind::Os, &random.hex(32).to_lowercase(), &random);
        check(Kind::Cloud, &format!("i-0{}", random.hex(16).to_lowercase()), &random);
        check(Kind::Tpm, &random.hex(64), &random);
        check(Kind::Custom, &honest_id(&mut random), &random);
        let text = honest_id(&mut random) + "-" + &random.hex(8);
        // What begins as a fingerprint is read as one.
        let is_other = text.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("df"));
        assert!(is_other || Fingerprint::parse(&text, &realm()).is_ok(), "opaque {text}");
    }
}

fn check(kind: Kind, value: &str, random: &Random) {
    assert!(names(kind, value), "{kind} {value} ({random:?})");
}

fn honest_disk(random: &mut Random) -> String {
    let serial = honest_serial(random);
    let models =
        ["Samsung SSD 970 EVO 500GB", "WDC WD10EZEX-00BN5A0", "KINGSTON SA400S37240G", "ST3500418AS"];
    let model = *random.of(&models);
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    match random.below(14) {
        // Seagate, Western Digital, Samsung, Intel, Toshiba.
        9 => format!("Z{}{}{}", random.of(&["1D", "A1", "C1", "DE"]), random.symbols(4), random.below(10)),
        10 => format!("WD-WX{}{}{}", random.below(10), random.hex(1), random.symbols(7)),
        11 => format!(
            "S{}NX0{}{:06}{}",
            random.symbols(3),
            random.of(&["M", "N", "R"]),
            random.below(999_999),
            random.symbols(1)
        ),
        12 => format!("PHLJ{:09}{}P0BGN", random.below(999_999_999), random.symbols(1)),
        13 => format!("{}{}7FKS", 1 + random.below(9), random.symbols(6)),
        0 => format!("eui.002538{}", random.hex(10).to_lowercase()),
        1 => format!("eui.01000000000000005cd2e4{}", random.hex(10).to_lowercase()),
        2 => format!("naa.5000c500{}", random.hex(8).to_lowercase()),
        3 => format!("naa.6000c29{}", random.hex(25).to_lowercase()),
        4 => format!("nvme.144d-{}-{}-00000001", hex(&format!("{serial:<20}")), hex(model)),
        5 => format!("t10.ATA     {model:<40}{serial}"),
        6 => grouped(&format!("002538{}", random.hex(10)), 4, "_") + ".",
        7 => format!("{serial}_00000001."),
        _ => serial,
    }
}

/// As makers of disks and boards number them: letters for the maker, then digits and letters.
fn honest_serial(random: &mut Random) -> String {
    let makers = ["S3Z2NB0K", "WD-WCC3F", "9VM", "PF2", "50026B77", "BTNR", "MT2", "CN0", "PHM27", "2K48"];
    let symbols: Vec<char> = "0123456789ABCDEFGHJKLMNPRSTVWXYZ".chars().collect();
    let len = 6 + random.below(7);
    let tail: String = (0..len).map(|_| *random.of(&symbols)).collect();
    // No maker's numbers are letters alone.
    format!("{}{}{tail}", random.of(&makers), random.below(10))
}

fn honest_board(random: &mut Random) -> String {
    match random.below(9) {
        // Dell's service tag, HP, Lenovo, Supermicro, Gigabyte.
        4 => format!("{}{}", random.symbols(6), random.below(10)),
        5 => format!("CZC{}{}", random.below(10_000), random.symbols(3)),
        6 => format!("PF{}", random.symbols(6)),
        7 => format!(
            "{}{}{:03}S{:06}",
            random.of(&["OM", "VM", "ZM", "UM"]),
            random.below(29),
            random.below(999),
            random.below(999_999)
        ),
        8 => format!("SN{:012}", 200_000_000_000 + random.below(799_999_999_999)),
        0 => format!("/{}/CN{:011}/", random.hex(7), random.below(99_999_999_999)),
        1 => format!("{:015}", 180_000_000_000_000 + random.below(99_999_999_999)),
        2 => format!("{} 001", honest_serial(random)),
        _ => honest_serial(random),
    }
}

fn honest_uuid(random: &mut Random) -> String {
    let digits = match random.below(3) {
        // Dell's, made from the service tag, and the pattern that American Megatrends fills with an address.
        0 => format!("4C4C4544005{}10805{}C04F{}", random.hex(5), random.hex(4), random.hex(8)),
        1 => format!(
            "03{}02{}04{}05{}{}06{}0700080009",
            random.hex(2),
            random.hex(2),
            random.hex(2),
            random.hex(2),
            random.hex(2),
            random.hex(2)
        ),
        _ => random.hex(32),
    };
    uuid_spellings(&format!("{digits:0<32}")[..32])[1].clone()
}

fn honest_id(random: &mut Random) -> String {
    let roles = ["rack", "press", "line", "plant", "robot", "cell", "host", "node", "station", "machine"];
    let number = random.below(9_000) + 17;
    match random.below(15) {
        3 => {
            let len = *random.of(&[12, 16, 20, 24, 32]);
            random.hex(len).to_lowercase()
        }
        4 => format!("{:010}", 2_000_000_000 + random.below(7_000_000_000)),
        5 => format!("000C29{}", random.hex(6)),
        6 => format!("{}-{:02}{}", random.of(&roles), random.below(99), random.hex(4).to_lowercase()),
        7 => format!(
            "ip-10-{}-{}-{}.eu-central-1.compute.internal",
            random.below(256),
            random.below(256),
            random.below(256)
        ),
        8 => format!(
            "gke-pool-{}-{}-{}",
            random.below(9),
            random.hex(8).to_lowercase(),
            random.hex(4).to_lowercase()
        ),
        9 => format!("DESKTOP-{}", random.symbols(7)),
        10 => format!("WIN-{}", random.symbols(11)),
        11 => format!("{}-{number}.plant{}.example.com", random.of(&roles), random.below(90)),
        12 => uuid_spellings(&random.hex(32))[1].to_lowercase(),
        13 => format!("urn:uuid:{}", uuid_spellings(&random.hex(32))[1].to_lowercase()),
        14 => {
            let len = *random.of(&[22, 24, 27, 32, 43]);
            random.base64(len)
        }
        0 => format!("{}-{number}/slot-{}", random.of(&roles), random.below(40)),
        1 => format!("{} {number}", random.of(&roles)),
        _ => format!("{}.{}.example", random.of(&roles), random.hex(6).to_lowercase()),
    }
}

/// A small generator with a fixed seed, so that a refused value is found again (splitmix64).
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }

    fn symbols(&mut self, len: usize) -> String {
        let symbols: Vec<char> = "0123456789BCDFGHJKLMNPQRSTVWXYZ".chars().collect();
        (0..len).map(|_| *self.of(&symbols)).collect()
    }

    fn base64(&mut self, len: usize) -> String {
        let all = 'a'..='z';
        let symbols: Vec<char> = all.chain('A'..='Z').chain('0'..='9').chain(['-', '_']).collect();
        (0..len).map(|_| *self.of(&symbols)).collect()
    }

    fn hex(&mut self, len: usize) -> String {
        (0..len)
            .map(|_| {
                char::from_digit(u32::try_from(self.below(16)).unwrap(), 16).unwrap().to_ascii_uppercase()
            })
            .collect()
    }
}
