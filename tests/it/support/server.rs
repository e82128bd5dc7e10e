//! A web server on this machine that answers as a test says, also badly.

use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What was asked.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    headers: Vec<(String, String)>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        let same = |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.headers.iter().find(same).map(|(_, value)| &**value)
    }

    /// First byte of the part that is asked for.
    pub fn first(&self) -> Option<usize> {
        let range = self.header("Range")?.strip_prefix("bytes=")?;
        range.strip_suffix('-')?.parse().ok()
    }
}

/// What is answered; the connection is closed after it, or kept open in silence.
pub struct Reply {
    bytes: Vec<u8>,
    silent: bool,
}

impl Reply {
    pub fn new(status: &str, headers: &str, body: &[u8]) -> Self {
        let head = format!(
            "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
            body.len()
        );
        Self {
            bytes: [head.as_bytes(), body].concat(),
            silent: false,
        }
    }

    /// A file, whole.
    pub fn whole(body: &[u8]) -> Self {
        Self::new("200 OK", "ETag: \"one\"\r\n", body)
    }

    /// A file from the byte on that is asked for.
    pub fn part(request: &Request, body: &[u8]) -> Self {
        let Some(first) = request.first() else {
            return Self::whole(body);
        };
        let range = format!(
            "Content-Range: bytes {first}-{}/{}\r\nETag: \"one\"\r\n",
            body.len() - 1,
            body.len()
        );
        Self::new("206 Partial Content", &range, &body[first..])
    }

    /// Without its last bytes: as many are sent as `kept` says.
    pub fn cut(mut self, body: &[u8], kept: usize) -> Self {
        self.bytes.truncate(self.bytes.len() - body.len() + kept);
        self
    }

    /// And then nothing more, for as long as the server stands.
    pub fn then_silence(mut self) -> Self {
        self.silent = true;
        self
    }

    /// These bytes.
    pub fn raw(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            silent: false,
        }
    }

    /// Nothing at all, for as long as the server stands.
    pub fn silence() -> Self {
        Self {
            bytes: Vec::new(),
            silent: true,
        }
    }
}

pub struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// A server whose answers `answer` makes; it is told how many requests came before.
    pub fn start(mut answer: impl FnMut(&Request, usize) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, stop) = (
            Arc::new(Mutex::new(Vec::new())),
            Arc::new(AtomicBool::new(false)),
        );
        let (log, stopped) = (Arc::clone(&seen), Arc::clone(&stop));
        let work = move || {
            let mut silent = Vec::new();
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                // Who asked may be gone.
                let Ok(stream) = stream else { continue };
                if let Some(kept) = serve(stream, &log, &mut answer) {
                    silent.push(kept);
                }
            }
        };
        Self {
            address,
            seen,
            stop,
            thread: Some(std::thread::spawn(work)),
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything asked so far.
    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        TcpStream::connect(self.address).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// Answers one connection; a tunnel is opened to this same server.
fn serve(
    mut stream: TcpStream,
    log: &Mutex<Vec<Request>>,
    answer: &mut impl FnMut(&Request, usize) -> Reply,
) -> Option<TcpStream> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let request = read_request(&mut reader)?;
        let tunnel = request.method == "CONNECT";
        let before = {
            let mut log = log.lock().unwrap();
            log.push(request.clone());
            log.len() - 1
        };
        let reply = answer(&request, before);
        stream.write_all(&reply.bytes).ok()?;
        stream.flush().ok()?;
        match (reply.silent, tunnel) {
            (true, _) => return Some(stream),
            (false, false) => return None,
            (false, true) => {}
        }
    }
}

fn read_request(reader: &mut impl std::io::BufRead) -> Option<Request> {
    let mut lines = std::io::BufRead::lines(reader);
    let first = lines.next()?.ok()?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    for line in lines {
        let line = line.ok()?;
        match line.split_once(':') {
            Some((name, value)) => headers.push((name.to_owned(), value.trim().to_owned())),
            None => break,
        }
    }
    Some(Request {
        method,
        path,
        headers,
    })
}
