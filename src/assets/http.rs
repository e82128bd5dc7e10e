//! A file over HTTP: what the server answers, then its bytes, from a thread of its own so that a stop is heard at once.

use std::io::{self, Read as _};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Error, Proxy};

use super::network::{host, is_https};
use super::{Network, Trouble};
use crate::progress::{Cancelled, Progress};

/// Bytes handed over at once.
const BLOCK: usize = 1 << 16;
/// Blocks that wait to be written.
const WAITING: usize = 4;
/// How often a stop is looked for.
const LOOK: Duration = Duration::from_millis(50);

/// What a server says before the bytes.
#[derive(Debug, Default, Clone)]
pub(super) struct Head {
    pub status: u16,
    /// Bytes to come, where it says so.
    pub length: Option<u64>,
    /// First byte and size of the whole, of a part of a file.
    pub range: Option<(u64, Option<u64>)>,
    /// Its name for this version of the file, where that stands for every byte of it.
    pub tag: Option<String>,
}

enum Message {
    Head(Head),
    Bytes(Vec<u8>),
    End,
    Failed(Trouble),
}

/// An answer on its way.
pub(super) struct Answer {
    messages: Receiver<Message>,
    pub head: Head,
}

/// Why an answer, or the next bytes of it, did not come.
#[derive(Debug)]
pub(super) enum Missing {
    Cancelled,
    Trouble(Trouble),
}

impl From<Cancelled> for Missing {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// Asks for a file from byte `from` on, if it still is the version `tag` names.
pub(super) fn ask(
    url: &str,
    from: u64,
    tag: Option<&str>,
    network: &Network,
    progress: &Progress,
) -> Result<Answer, Missing> {
    let agent = agent(url, network).map_err(Missing::Trouble)?;
    let mut request = agent.get(url);
    if from > 0 {
        request = request.header("Range", format!("bytes={from}-"));
        if let Some(tag) = tag {
            request = request.header("If-Range", tag);
        }
    }
    let (send, messages) = sync_channel(WAITING);
    let (about, network) = (url.to_owned(), network.clone());
    let work = move || {
        let trouble = |error| Message::Failed(trouble(error, &about, &network));
        let response = match request.call() {
            Ok(response) => response,
            // Who asked may have stopped waiting: then there is nobody to tell.
            Err(error) => return send.send(trouble(error)).unwrap_or_default(),
        };
        if send.send(Message::Head(head(&response))).is_err() {
            return;
        }
        let mut body = response.into_body().into_reader();
        loop {
            let mut block = vec![0; BLOCK];
            let message = match body.read(&mut block) {
                Ok(0) => Message::End,
                Ok(read) => {
                    block.truncate(read);
                    Message::Bytes(block)
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => trouble(Error::from(error)),
            };
            let last = !matches!(message, Message::Bytes(_));
            if send.send(message).is_err() || last {
                return;
            }
        }
    };
    std::thread::Builder::new()
        .name("gyrus-fetch".to_owned())
        .spawn(work)
        .map_err(|error| Missing::Trouble(Trouble::Other(error.to_string())))?;
    match next(&messages, progress)? {
        Message::Head(head) => Ok(Answer { messages, head }),
        Message::Failed(trouble) => Err(Missing::Trouble(trouble)),
        Message::Bytes(_) | Message::End => Err(Missing::Trouble(Trouble::Other(
            "it ended before an answer".to_owned(),
        ))),
    }
}

impl Answer {
    /// The next bytes, `None` at their end.
    pub(super) fn next(&self, progress: &Progress) -> Result<Option<Vec<u8>>, Missing> {
        match next(&self.messages, progress)? {
            Message::Bytes(bytes) => Ok(Some(bytes)),
            Message::End | Message::Head(_) => Ok(None),
            Message::Failed(trouble) => Err(Missing::Trouble(trouble)),
        }
    }
}

fn next(messages: &Receiver<Message>, progress: &Progress) -> Result<Message, Missing> {
    loop {
        progress.check()?;
        match messages.recv_timeout(LOOK) {
            Ok(message) => return Ok(message),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                let why = "it ended without a word".to_owned();
                return Err(Missing::Trouble(Trouble::Other(why)));
            }
        }
    }
}

fn agent(url: &str, network: &Network) -> Result<Agent, Trouble> {
    let proxy = match network.proxy_of(url) {
        Some(proxy) => Some(Proxy::new(proxy).map_err(|_| Trouble::Proxy {
            proxy: shown_proxy(proxy),
            why: "this is no address of a proxy".into(),
        })?),
        None => None,
    };
    // The system's certificates: those of a company that looks into its connections are among them.
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let patience = Some(network.patience);
    let config = Agent::config_builder()
        .http_status_as_error(false)
        // A mirror that was named with http may use it; nothing else may lead there.
        .https_only(is_https(url))
        .user_agent(concat!("gyrus/", env!("CARGO_PKG_VERSION")))
        // The sums are those of the files, not of what a server makes of them on the way.
        .accept_encoding("identity")
        .timeout_resolve(patience)
        .timeout_connect(patience)
        .timeout_recv_response(patience)
        .timeout_per_read(patience)
        .proxy(proxy)
        .tls_config(tls)
        .build();
    Ok(config.into())
}

fn head(response: &ureq::http::Response<ureq::Body>) -> Head {
    let text = |name: &str| {
        let value = response.headers().get(name)?.to_str().ok()?;
        Some(value.trim().to_owned())
    };
    Head {
        status: response.status().as_u16(),
        length: text("content-length").and_then(|length| length.parse().ok()),
        range: text("content-range").and_then(|range| content_range(&range)),
        // A weak one (W/"…") stands for likeness, not for bytes.
        tag: text("etag").filter(|tag| tag.starts_with('"') && tag.len() < 256),
    }
}

/// First byte and size of the whole from "bytes 100-199/200".
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, whole) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    let whole = match whole.trim() {
        "*" => None,
        size => Some(size.parse().ok()?),
    };
    Some((first.trim().parse().ok()?, whole))
}

/// A proxy without the name and password in it.
fn shown_proxy(proxy: &str) -> String {
    let (scheme, rest) = proxy.split_once("://").unwrap_or(("http", proxy));
    let host = rest.rsplit('@').next().unwrap_or(rest);
    format!("{scheme}://{host}")
}

/// What an error of the connection means.
fn trouble(error: Error, url: &str, network: &Network) -> Trouble {
    use io::ErrorKind::{
        ConnectionRefused, HostUnreachable, InvalidData, NetworkDown, NetworkUnreachable, TimedOut,
    };
    let proxy = network.proxy_of(url).map(shown_proxy);
    let host = || proxy.clone().or_else(|| host(url).map(str::to_owned));
    let host = || host().unwrap_or_else(|| url.to_owned());
    let silent = || Trouble::Silent {
        host: host(),
        seconds: network.patience.as_secs(),
    };
    match error {
        Error::HostNotFound => Trouble::Offline(host()),
        Error::Timeout(_) => silent(),
        Error::ConnectProxyFailed(why) => Trouble::Proxy {
            proxy: proxy.unwrap_or_default(),
            why,
        },
        Error::InvalidProxyUrl => Trouble::Proxy {
            proxy: proxy.unwrap_or_default(),
            why: "this is no address of a proxy".into(),
        },
        Error::TooManyRedirects => Trouble::Circle,
        Error::RequireHttpsOnly(to) => {
            Trouble::Unsafe(format!("the server sends on to {to}, which is not https"))
        }
        Error::Tls(why) => Trouble::Unsafe(why.to_owned()),
        Error::Rustls(why) => Trouble::Unsafe(why.to_string()),
        Error::Io(error) => match error.kind() {
            ConnectionRefused => Trouble::Refused(host()),
            HostUnreachable | NetworkUnreachable | NetworkDown => Trouble::Offline(host()),
            TimedOut => silent(),
            InvalidData => Trouble::Unsafe(error.to_string()),
            // The standard library has no kind for it, only these words.
            _ if error.to_string().starts_with("failed to lookup address") => {
                Trouble::Offline(host())
            }
            _ => Trouble::Other(error.to_string()),
        },
        other => Trouble::Other(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_proxies_are_read() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, None)));
        for odd in ["", "bytes", "bytes */10", "bytes 5/10", "items 5-9/10"] {
            assert_eq!(content_range(odd), None, "{odd}");
        }
        assert_eq!(shown_proxy("http://me:secret@box:80"), "http://box:80");
        assert_eq!(shown_proxy("box:80"), "http://box:80");
    }
}
