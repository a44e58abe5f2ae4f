//! Machines to license. No two of them share a part.

use license_core::{Device, Fingerprint, Kind, Reading, Realm};

/// The facts of one machine. Change a field to swap a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Network card.
    pub mac: String,
    /// Disk.
    pub disk: String,
    /// Board.
    pub board: String,
    /// SMBIOS UUID.
    pub system: String,
    /// Installation id.
    pub os: String,
}

/// The machine number `n`.
#[must_use]
pub fn machine(n: u32) -> Machine {
    let [_, b, c, d] = n.to_be_bytes();
    Machine {
        mac: format!("04:7C:16:{b:02X}:{c:02X}:{d:02X}"),
        disk: format!("DISK-7QX{n:08}"),
        board: format!("BOARD-9KZ{n:08}"),
        system: format!("4C4C4544-0051-3410-8051-B5C0{n:08X}"),
        os: format!("9f1c2b3a4d5e6f708192a3b4{n:08x}"),
    }
}

impl Machine {
    /// The text that the store's own client makes of it: network card, disk, board, processor.
    #[must_use]
    pub fn four_part(&self) -> String {
        format!("{}|{}|{}|BFEBFBFF00090672", self.mac, self.disk, self.board)
    }

    /// All its facts, digested.
    #[must_use]
    pub fn fingerprint(&self, realm: &Realm) -> Fingerprint {
        let values = [
            (Kind::Mac, self.mac.as_str()),
            (Kind::Disk, &self.disk),
            (Kind::Board, &self.board),
            (Kind::System, &self.system),
            (Kind::Os, &self.os),
        ];
        Fingerprint::from_values(realm, values).expect("a machine has anchors")
    }

    /// The agent's text.
    #[must_use]
    pub fn df1(&self, realm: &Realm) -> String {
        self.fingerprint(realm).to_text().expect("components have a text")
    }

    /// The machine as a verifier on it sees it.
    #[must_use]
    pub fn device(&self, realm: &Realm) -> Device {
        Device::new(self.fingerprint(realm), Reading::Privileged)
    }

    /// Every raw value that must never leave it.
    #[must_use]
    pub fn raw_values(&self) -> Vec<String> {
        vec![self.mac.clone(), self.disk.clone(), self.board.clone(), self.system.clone(), self.os.clone()]
    }
}
