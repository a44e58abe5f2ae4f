//! How much of the server its callers may hold.

/// Bounds that the operator may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Connections at one time.
    pub connections: usize,
    /// Connections of one address where there are too few for all.
    pub connections_per_address: usize,
    /// Connections at one time of the store's own listener, if it has one.
    pub store_connections: usize,
    /// Machines' calls that are decided at one time.
    pub agent_calls: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { connections: 1024, connections_per_address: 128, store_connections: 256, agent_calls: 128 }
    }
}
