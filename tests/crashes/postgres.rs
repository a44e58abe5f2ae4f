//! PostgreSQL takes no connections, or somebody else is in the way.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdout};

use license_tests::postgres::Cluster;
use license_tests::{eventually, purchase};

use super::callers::apply;
use super::disk::{code, not_ready, readiness};
use super::replicas::workplace;

/// The schema of a database's address.
pub fn schema(database: &str) -> &str {
    database.rsplit_once("%3D").expect("a schema").1
}

/// Somebody else's transaction, which waits until it is told to end.
pub struct Other {
    session: Child,
    /// Whoever speaks to nobody ends.
    heard: BufReader<ChildStdout>,
}

impl Other {
    /// Carries out statements and returns when they are done.
    pub fn after(cluster: &Cluster, statements: &str) -> Self {
        let mut session = cluster.session();
        let heard = BufReader::new(session.stdout.take().expect("an output"));
        let mut this = Self { session, heard };
        this.say(statements);
        this.say("\\echo done");
        let done = this.heard.by_ref().lines().any(|line| line.is_ok_and(|line| line == "done"));
        assert!(done, "{statements}");
        this
    }

    /// Begins something without waiting for it.
    fn say(&mut self, statements: &str) {
        writeln!(self.session.stdin.as_mut().expect("an input"), "{statements}").expect("it listens");
    }

    /// Ends it, and with it its transaction.
    fn end(self) {}
}

impl Drop for Other {
    fn drop(&mut self) {
        drop(self.session.stdin.take());
        // It ends with its input.
        let _ = self.session.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn without_a_free_connection_it_does_not_start_or_refuses_calls_and_goes_on_by_itself() {
    let settings = "max_connections = 8\nsuperuser_reserved_connections = 0\nmax_wal_senders = 0";
    let cluster = Cluster::start_with(5432, settings, &[]);
    let place = workplace();
    let database = cluster.database().replacen("license@", "app@", 1);
    let schema = schema(&database);
    cluster.sql(&format!("CREATE ROLE app LOGIN; GRANT ALL ON SCHEMA {schema} TO app"));
    let others: Vec<Other> = (0..8).map(|_| Other::after(&cluster, "SELECT 1;")).collect();
    let said = place.refuses_to_serve(&database, &[]);
    assert!(said.contains("cannot be reached") && said.contains("53300"), "{said}");
    others.into_iter().for_each(Other::end);

    let served = place.serve_as("cut-off", &database, &[]).await;
    assert_eq!(code(&served, purchase("before")).await, "000000");
    // A limit of the role is refused as the server's own limit is, and cannot be raced for.
    let cut_off = "ALTER ROLE app CONNECTION LIMIT 0";
    cluster.sql(cut_off);
    cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
    for n in 0..3 {
        assert_eq!(code(&served, purchase(&format!("away-{n}"))).await, "000005");
    }
    assert_eq!(readiness(&served).await, not_ready());
    assert!(served.log().contains("53300"), "{}", served.log());
    cluster.sql("ALTER ROLE app CONNECTION LIMIT -1");
    assert_eq!(code(&served, purchase("after")).await, "000000");
    assert_eq!(readiness(&served).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn a_row_that_somebody_holds_refuses_its_calls_in_time_and_no_others() {
    let cluster = Cluster::shared();
    let (place, database) = (workplace(), cluster.database());
    let served = place.serve_as("waiting", &database, &[]).await;
    let held = served.call(purchase("held")).await.instance().to_owned();
    let free = served.call(purchase("free")).await.instance().to_owned();
    let lock = format!("BEGIN; SELECT 1 FROM {}.instance WHERE id = '{held}' FOR UPDATE;", schema(&database));
    let other = Other::after(cluster, &lock);
    let (refused, done) =
        tokio::join!(code(&served, apply(&held, "held", 1).1), code(&served, apply(&free, "free", 2).1));
    assert_eq!((refused.as_str(), done.as_str()), ("000005", "000000"));
    // Many that come together share batches with those that wait.
    let mut calls = tokio::task::JoinSet::new();
    let served = std::sync::Arc::new(served);
    for n in 0..40 {
        let served = std::sync::Arc::clone(&served);
        let (instance, expected) = if n % 8 == 0 { (&held, "000005") } else { (&free, "") };
        let (_, body) = apply(instance, &format!("e{n}"), 2);
        calls.spawn(async move { (code(&served, body).await, expected) });
    }
    while let Some(answer) = calls.join_next().await {
        let (code, expected) = answer.expect("in time");
        assert!(["000000", "000005"].contains(&code.as_str()), "{code}");
        assert!(expected.is_empty() || code == expected, "{code}");
    }
    other.end();
    assert_eq!(code(&served, apply(&held, "held", 1).1).await, "000000");
    assert_eq!(code(&served, apply(&free, "e1", 2).1).await, "000000");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn a_deadlock_is_tried_again() {
    let cluster = Cluster::shared();
    let (place, database) = (workplace(), cluster.database());
    let served = place.serve_as("deadlocked", &database, &[]).await;
    let first = served.call(purchase("first")).await.instance().to_owned();
    let second = served.call(purchase("second")).await.instance().to_owned();
    assert_eq!(code(&served, apply(&second, "e", 1).1).await, "000000");
    let schema = schema(&database);
    let lock = |id: &str| format!("SELECT 1 FROM {schema}.instance WHERE id = '{id}' FOR UPDATE;");
    let deadlocks = || cluster.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = 'postgres'");
    let before = deadlocks();
    // Servers of other cases may wait as well, but not for this session.
    let waits = format!(
        "SELECT count(*) FROM pg_stat_activity a, pg_stat_activity b \
         WHERE b.pid = ANY(pg_blocking_pids(a.pid)) AND b.application_name = 'psql' \
         AND b.query LIKE '%{schema}.instance%'"
    );
    // The database looks for a deadlock once, a second after the server has begun to wait: where this session is slower than
    // that, the server has waited in vain, and it is tried anew.
    for _ in 0..20 {
        let mut other =
            Other::after(cluster, &format!("SET deadlock_timeout = '1min'; BEGIN; {}", lock(&second)));
        // An event of another instance: the call needs the rows of both, has the first one, and waits for the second.
        let mut call = std::pin::pin!(code(&served, apply(&first, "e", 1).1));
        let embrace = async {
            eventually("the server waits", || (cluster.sql(&waits) == "1").then_some(())).await;
            other.say(&lock(&first));
            // The database ends the server's transaction, and then this one goes on and ends.
            other.say("COMMIT;");
        };
        let code = tokio::select! {
            code = &mut call => code,
            () = embrace => call.await,
        };
        other.end();
        assert!(["000002", "000005"].contains(&code.as_str()), "the event is another instance's: {code}");
        if code == "000002" && deadlocks() != before {
            return;
        }
    }
    panic!("it was no deadlock");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn a_serialization_failure_is_tried_again() {
    let cluster = Cluster::shared();
    let (place, database) = (workplace(), cluster.database());
    let served = place.serve_as("unserializable", &database, &[]).await;
    let instance = served.call(purchase("order")).await.instance().to_owned();
    let schema = schema(&database);
    // At the isolation that is used here the database has no reason of its own to say so.
    cluster.sql(&format!(
        "CREATE SEQUENCE {schema}.failures; CREATE FUNCTION {schema}.fail() RETURNS trigger LANGUAGE plpgsql AS $$ \
         BEGIN IF nextval('{schema}.failures') <= 3 THEN RAISE 'not serializable' USING ERRCODE = '40001'; END IF; \
         RETURN NEW; END $$; CREATE TRIGGER failing BEFORE INSERT ON {schema}.application \
         FOR EACH ROW EXECUTE FUNCTION {schema}.fail()"
    ));
    assert_eq!(code(&served, apply(&instance, "e", 1).1).await, "000000");
    assert_eq!(cluster.sql(&format!("SELECT last_value FROM {schema}.failures")), "4");
    assert_eq!(cluster.sql(&format!("SELECT count(*) FROM {schema}.application")), "1");
}
