//! A transcript as a value.

use std::net::IpAddr;

use super::escape::unescape;

/// A transcript.
#[derive(Debug, Default)]
pub struct Script {
    pub stage: Stage,
    pub steps: Vec<Step>,
}

/// What there is before the first connection.
#[derive(Debug, Default)]
pub struct Stage {
    pub accounts: Vec<Account>,
    pub domains: Vec<String>,
    /// Address or `@domain`, and targets.
    pub aliases: Vec<(String, Vec<String>)>,
    /// Whose INBOX, and what.
    pub messages: Vec<(String, Vec<u8>)>,
    /// File beside the transcript, and whose INBOX.
    pub files: Vec<(String, String)>,
    pub settings: Vec<(String, String)>,
}

#[derive(Debug)]
pub struct Account {
    pub address: String,
    pub password: String,
    pub quota_octets: Option<u64>,
}

/// One line of the dialogue.
#[derive(Debug)]
pub struct Step {
    /// Counted from 0.
    pub line: usize,
    pub action: Action,
}

#[derive(Debug)]
pub enum Action {
    Connection(Connection),
    Send(Vec<u8>),
    Hear(String),
    /// Any lines up to the one that is heard next.
    HearAny,
    Tls,
    Shut,
    Leave,
    End,
    Drain,
}

#[derive(Clone, Debug)]
pub struct Connection {
    pub protocol: String,
    pub name: String,
    pub tls: bool,
    pub from: IpAddr,
}

impl Script {
    pub fn parse(text: &str) -> Result<Self, String> {
        let rule = text.lines().next().unwrap_or_default();
        if !rule.starts_with("# ") || rule.len() < 20 {
            return Err("the first line must say the rule and where it is written".into());
        }
        let mut script = Self::default();
        for (number, line) in text.lines().enumerate() {
            script.line(number, line).map_err(|what| format!("line {}: {what}", number + 1))?;
        }
        Ok(script)
    }

    fn line(&mut self, number: usize, line: &str) -> Result<(), String> {
        if let Some(remark) = line.strip_prefix('#') {
            return self.stage.line(remark.strip_prefix(' ').unwrap_or(remark));
        }
        if line.trim().is_empty() {
            return Ok(());
        }
        let action = action(line)?;
        self.steps.push(Step { line: number, action });
        Ok(())
    }
}

fn action(line: &str) -> Result<Action, String> {
    let (mark, rest) = line.split_at_checked(2).unwrap_or((line, ""));
    let text = rest.strip_prefix(' ').unwrap_or(rest);
    Ok(match mark {
        "C:" => Action::Send([text.as_bytes(), b"\r\n"].concat()),
        "C~" => Action::Send(unescape(text)?),
        "S:" if text == "***" => Action::HearAny,
        "S:" => Action::Hear(text.to_owned()),
        "--" => Action::Connection(connection(line.trim_start_matches('-').trim())?),
        "! " => cue(rest)?,
        _ => return Err(format!("{line:?} means nothing")),
    })
}

fn cue(text: &str) -> Result<Action, String> {
    let (cue, rest) = text.split_once(' ').unwrap_or((text, ""));
    Ok(match cue {
        "tls" => Action::Tls,
        "shut" => Action::Shut,
        "leave" => Action::Leave,
        "end" => Action::End,
        "drain" => Action::Drain,
        "repeat" => {
            let (times, octets) = rest.split_once(' ').ok_or("repeat N TEXT")?;
            let times = times.replace('_', "").parse().map_err(|_| "repeat N TEXT")?;
            Action::Send(unescape(octets)?.repeat(times))
        }
        other => return Err(format!("no cue is called {other}")),
    })
}

fn connection(text: &str) -> Result<Connection, String> {
    let mut words = text.split_whitespace();
    let (Some(protocol), Some(name)) = (words.next(), words.next()) else {
        return Err("--- PROTOCOL NAME".into());
    };
    let mut connection = Connection {
        protocol: protocol.to_owned(),
        name: name.to_owned(),
        tls: false,
        from: [127, 0, 0, 1].into(),
    };
    while let Some(word) = words.next() {
        match (word, words.clone().next()) {
            ("tls", _) => connection.tls = true,
            ("from", Some(address)) => {
                connection.from =
                    address.parse().map_err(|_| format!("{address} is no address"))?;
                words.next();
            }
            _ => return Err(format!("{word} says nothing about a connection")),
        }
    }
    Ok(connection)
}

impl Stage {
    /// A remark, unless it sets the stage.
    fn line(&mut self, remark: &str) -> Result<(), String> {
        if let Some(rest) = remark.strip_prefix('|') {
            let text = rest.strip_prefix(' ').unwrap_or(rest);
            return self.add_to_message(&[text.as_bytes(), b"\r\n"].concat());
        }
        if let Some(rest) = remark.strip_prefix('~') {
            return self.add_to_message(&unescape(rest.strip_prefix(' ').unwrap_or(rest))?);
        }
        let words: Vec<&str> = remark.split_whitespace().collect();
        match *words.as_slice() {
            ["account", address, password] => self.account(address, password, None),
            ["account", address, password, quota] => {
                let quota = quota.strip_prefix("quota=").and_then(|octets| octets.parse().ok());
                self.account(address, password, Some(quota.ok_or("quota=OCTETS")?));
            }
            ["domain", domain] => self.domains.push(domain.to_owned()),
            ["alias", address, targets] => {
                let targets = targets.split(',').map(str::to_owned).collect();
                self.aliases.push((address.to_owned(), targets));
            }
            ["catch-all", domain, target] => {
                self.aliases.push((format!("@{domain}"), vec![target.to_owned()]));
            }
            ["message", address] => self.messages.push((address.to_owned(), Vec::new())),
            ["file", name, address] => self.files.push((name.to_owned(), address.to_owned())),
            // A record that the house's name server knows: with one, it is found out who sent what.
            ["dns", ..] => {
                let record = remark.strip_prefix("dns ").unwrap_or_default();
                self.settings.push(("dns".to_owned(), record.to_owned()));
            }
            ["set", key, value] => self.settings.push((key.to_owned(), value.to_owned())),
            _ => {}
        }
        Ok(())
    }

    fn account(&mut self, address: &str, password: &str, quota_octets: Option<u64>) {
        let (address, password) = (address.to_owned(), password.to_owned());
        self.accounts.push(Account { address, password, quota_octets });
    }

    fn add_to_message(&mut self, octets: &[u8]) -> Result<(), String> {
        let (_, message) = self.messages.last_mut().ok_or("there is no `# message` above")?;
        message.extend_from_slice(octets);
        Ok(())
    }
}
