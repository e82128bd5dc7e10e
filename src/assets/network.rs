//! How the network is reached: mirror, proxies, patience.

use std::time::Duration;

use super::{Asset, AssetError, SourceFile};

/// How long a server may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// How the network is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// Files are read from here instead of their own addresses, as `MIRROR/asset/file`.
    pub mirror: Option<String>,
    /// Proxy for addresses that begin with https.
    pub https_proxy: Option<String>,
    /// Proxy for addresses that begin with http.
    pub http_proxy: Option<String>,
    /// Hosts reached without a proxy, with commas between: `example.org` and all below it, or `*`.
    pub no_proxy: String,
    /// How long connecting, an answer, or the next bytes may take.
    pub patience: Duration,
}

impl Default for Network {
    /// Directly, and half a minute's patience.
    fn default() -> Self {
        Self {
            mirror: None,
            https_proxy: None,
            http_proxy: None,
            no_proxy: String::new(),
            patience: PATIENCE,
        }
    }
}

impl Network {
    /// As the environment says: `GYRUS_ASSETS_MIRROR`, and `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy` in
    /// lower or upper case.
    pub fn from_env() -> Self {
        let read = |name: &str| {
            let value = std::env::var(name).ok()?.trim().to_owned();
            (!value.is_empty()).then_some(value)
        };
        let either = |name: &str| read(name).or_else(|| read(&name.to_uppercase()));
        let proxy = |name: &str| either(name).or_else(|| either("all_proxy"));
        Self {
            mirror: read("GYRUS_ASSETS_MIRROR"),
            https_proxy: proxy("https_proxy"),
            http_proxy: proxy("http_proxy"),
            no_proxy: either("no_proxy").unwrap_or_default(),
            patience: PATIENCE,
        }
    }

    /// Where a file is read from.
    ///
    /// # Errors
    /// [`AssetError::BadMirror`].
    pub(super) fn address(&self, asset: &Asset, file: &SourceFile) -> Result<String, AssetError> {
        let Some(mirror) = &self.mirror else {
            return Ok(file.url.to_owned());
        };
        let host = host(mirror).filter(|host| !host.is_empty());
        if host.is_none() || mirror.contains(char::is_whitespace) {
            return Err(AssetError::BadMirror {
                mirror: mirror.clone(),
            });
        }
        let mirror = mirror.trim_end_matches('/');
        Ok(format!("{mirror}/{}/{}", asset.name, file.name))
    }

    /// The proxy for an address, if it has one.
    pub(super) fn proxy_of(&self, url: &str) -> Option<&str> {
        let host = host(url)?;
        // A proxy cannot reach this machine's own loopback.
        if is_loopback(host) || self.passes_by(host) {
            return None;
        }
        match is_https(url) {
            true => self.https_proxy.as_deref(),
            false => self.http_proxy.as_deref(),
        }
    }

    /// Whether `no_proxy` names a host.
    fn passes_by(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.no_proxy.split(',').any(|entry| {
            let entry = entry.trim().to_ascii_lowercase();
            let name = without_port(entry.trim_start_matches("*."));
            let name = name.trim_start_matches('.');
            entry == "*"
                || (!name.is_empty()
                    && (host == name
                        || host
                            .strip_suffix(name)
                            .is_some_and(|before| before.ends_with('.'))))
        })
    }
}

/// Whether an address begins with https.
pub(super) fn is_https(url: &str) -> bool {
    url.get(..8)
        .is_some_and(|begin| begin.eq_ignore_ascii_case("https://"))
}

/// The host of an address; `None` where it is not of http or https.
pub(super) fn host(url: &str) -> Option<&str> {
    let rest = match is_https(url) {
        true => url.get(8..)?,
        false => match url.get(..7) {
            Some(begin) if begin.eq_ignore_ascii_case("http://") => url.get(7..)?,
            _ => return None,
        },
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    Some(without_port(host))
}

/// A host without its port; brackets around an address of IPv6 are taken off.
fn without_port(host: &str) -> &str {
    if let Some(inner) = host.strip_prefix('[') {
        return inner.split(']').next().unwrap_or(inner);
    }
    match host.split_once(':') {
        Some((name, port)) if !port.contains(':') => name,
        _ => host,
    }
}

fn is_loopback(host: &str) -> bool {
    let address: Result<std::net::IpAddr, _> = host.parse();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_chosen_by_scheme_and_host() {
        let network = Network {
            https_proxy: Some("http://secure:1".into()),
            http_proxy: Some("http://plain:2".into()),
            no_proxy: " example.org, .lab:80,, 10.0.0.1 ".into(),
            ..Network::default()
        };
        let of = |url: &str| network.proxy_of(url);
        assert_eq!(of("https://github.com/x"), Some("http://secure:1"));
        assert_eq!(of("HTTP://github.com"), Some("http://plain:2"));
        for direct in [
            "https://example.org/x",
            "https://www.Example.org:444/x",
            "http://scanner.lab/",
            "http://10.0.0.1:8000/x",
            "http://127.0.0.1:8000/x",
            "http://[::1]:8000/x",
            "https://user@localhost/x",
        ] {
            assert_eq!(of(direct), None, "{direct}");
        }
        assert_eq!(of("https://notexample.org/"), Some("http://secure:1"));
        let all = Network {
            no_proxy: "*".into(),
            ..network.clone()
        };
        assert_eq!(all.proxy_of("https://github.com/x"), None);
    }

    #[test]
    fn a_mirror_holds_a_folder_an_asset() {
        let asset = &super::super::all()[0];
        let file = &asset.files[0];
        let at = |mirror: Option<&str>| {
            let network = Network {
                mirror: mirror.map(str::to_owned),
                ..Network::default()
            };
            network.address(asset, file)
        };
        assert_eq!(at(None).unwrap(), file.url);
        assert_eq!(
            at(Some("http://10.0.0.7:8000/data/")).unwrap(),
            format!("http://10.0.0.7:8000/data/neurosynth/{}", file.name)
        );
        for wrong in ["ftp://x/", "/data", "https://", "http://a b/"] {
            assert!(at(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
