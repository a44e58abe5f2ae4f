//! HTTP/2 bodies that never end, and streams.

use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::Request;
use hyper::body::{Body, Frame};
use hyper::client::conn::http2::handshake;
use hyper_util::rt::{TokioExecutor, TokioIo};
use license_tests::{Workplace, purchase};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{metric, resident};

/// Bodies at once: on so many connections, so many streams each, of so many bytes.
const CONNECTIONS: usize = 200;
const STREAMS: usize = 16;
const LENGTH: usize = 63 * 1024;

/// All but the end of a body.
struct Endless(Option<Bytes>);

impl Body for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.take().map_or(Poll::Pending, |data| Poll::Ready(Some(Ok(Frame::data(data)))))
    }
}

/// Opens streams on one connection, each with a body that never ends; gives how each was answered.
async fn endless(server: SocketAddr, data: Bytes) -> Vec<u16> {
    let stream = TcpStream::connect(server).await.expect("connected");
    let (mut sender, driver) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
    let driver = tokio::spawn(driver);
    let mut answers = JoinSet::new();
    for _ in 0..STREAMS {
        if sender.ready().await.is_err() {
            break;
        }
        let body = Endless(Some(data.clone()));
        let request = Request::post("http://shop/v1/activations").body(body).expect("a request");
        let answer = sender.send_request(request);
        answers.spawn(async move { answer.await.map_or(0, |response| response.status().as_u16()) });
    }
    let answers = answers.join_all().await;
    driver.abort();
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_never_end_hold_a_bounded_part_of_memory_and_nobody_out() {
    let place = Workplace::ready();
    let served = place.serve("info").await;
    for n in 0..5 {
        assert_eq!(served.call(purchase(&format!("before-{n}"))).await.code(), "000000");
    }
    let before = resident(served.id());
    let mut senders = JoinSet::new();
    let body = Bytes::from(vec![b' '; LENGTH]);
    for _ in 0..CONNECTIONS {
        senders.spawn(endless(served.address, body.clone()));
    }
    let (mut most, mut answers, mut calls) = (before, Vec::new(), 0);
    // For as long as they hold on, the store is answered.
    while !senders.is_empty() {
        while let Some(ended) = senders.try_join_next() {
            answers.extend(ended.expect("ended"));
        }
        calls += 1;
        assert_eq!(served.call(purchase(&format!("during-{calls}"))).await.code(), "000000");
        most = most.max(resident(served.id()));
    }
    let closed = answers.iter().filter(|status| **status == 503).count();
    println!("{before} MiB, at most {most} MiB; {} bodies, {closed} sent away; {calls} calls", answers.len());
    assert!(most < before + 128, "{before} MiB became {most} MiB");
    assert!(closed > 0 && metric(&served, "license_bodies_unread_total{why=\"room\"}").await > 0);
}
