//! An encrypted way to the database, and whom it is believed.

use license_tests::postgres::Cluster;
use license_tests::{Workplace, authority, purchase};

use super::disk::code;
use super::replicas::workplace;

/// A cluster at `localhost` that takes encrypted connections, and the certificate of its authority.
struct Encrypted {
    cluster: Cluster,
    port: u16,
    place: Workplace,
}

impl Encrypted {
    /// Plain connections are refused unless they come by the socket.
    fn start() -> Self {
        let (ca, cert, key) = authority("localhost");
        // Free at this moment; whoever takes it meanwhile makes the start fail.
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|taken| taken.local_addr());
        let port = free.expect("a port").port();
        let settings =
            "listen_addresses = '127.0.0.1'\nssl = on\nssl_cert_file = 'own.crt'\nssl_key_file = 'own.key'";
        let access = "local all all trust\nhostssl all all 127.0.0.1/32 trust\n";
        let files = [("own.crt", cert.as_str()), ("own.key", &key), ("pg_hba.conf", access)];
        let cluster = Cluster::start_with(port, settings, &files);
        let place = workplace();
        place.write("ca.pem", &ca);
        place.write("stranger.pem", &authority("localhost").0);
        Self { cluster, port, place }
    }

    /// The address of a new database by way of a host.
    fn at(&self, host: &str, parameters: &str) -> String {
        let by_socket = self.cluster.database();
        let (_, rest) = by_socket.split_once("/postgres?").expect("an address");
        format!("postgres://license@{host}:{}/postgres?{rest}&{parameters}", self.port)
    }

    fn root(&self, name: &str) -> String {
        format!("sslmode=verify-full&sslrootcert={}", self.place.path(name).display())
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn an_encrypted_database_is_used_and_only_one_that_can_be_believed() {
    let encrypted = Encrypted::start();
    let place = &encrypted.place;
    let used = [
        // Whoever answers; the name is not looked at.
        encrypted.at("127.0.0.1", "sslmode=require"),
        encrypted.at("127.0.0.1", "sslmode=prefer"),
        encrypted.at("localhost", &encrypted.root("ca.pem")),
    ];
    for database in used {
        let served = place.serve_as("encrypted", &database, &[]).await;
        assert_eq!(code(&served, purchase("order")).await, "000000", "{database}");
        let of_server = "FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE application_name = 'license-server'";
        let encrypted_ones = encrypted.cluster.sql(&format!("SELECT bool_and(s.ssl), count(*) {of_server}"));
        assert_eq!(encrypted_ones, "t|3", "{database}");
        assert!(served.stop().await.success());
    }
    let refused = [
        (encrypted.at("127.0.0.1", &encrypted.root("ca.pem")), "certificate not valid for name"),
        (encrypted.at("localhost", &encrypted.root("stranger.pem")), "invalid peer certificate"),
        (encrypted.at("localhost", "sslmode=verify-full"), "certificate"),
        (encrypted.at("localhost", "sslmode=disable"), "28000"),
    ];
    for (database, why) in refused {
        let said = place.refuses_to_serve(&database, &[]);
        assert!(said.contains(why), "{database}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn a_database_that_speaks_plainly_is_refused_where_encryption_is_required() {
    let cluster = Cluster::start_with(5432, "", &[]);
    let place = workplace();
    for mode in ["require", "verify-full"] {
        let said = place.refuses_to_serve(&format!("{}&sslmode={mode}", cluster.database()), &[]);
        assert!(said.contains("TLS"), "{mode}: {said}");
    }
}
