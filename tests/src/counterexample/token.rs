//! A counterexample in one line, to be kept, sent and replayed.
//!
//! `cx1.DESIGN.PROPERTY.CODE`: the version, the names of design and property, and in base64url the way it is shown, the
//! scenario ([`super::codec`]), and a checksum of everything before it. Names are names, so that a token outlives new
//! designs and properties. No character of it means anything to a shell.

use super::codec::{Broken, Reader, Writer};
use super::reproduction::Reproduction;
use super::{Counterexample, scenario_name};
use crate::explore::shuttle::Switch;
use crate::properties::Property;
use crate::scenario::Scenario;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use contextvars_model::ThreadId;
use crc::{CRC_24_OPENPGP, Crc};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// What a token says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// The name of the design.
    pub design: String,
    /// The property.
    pub property: Property,
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// How it is shown.
    pub way: Reproduction,
}

/// Why a text is not a token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TokenError {
    /// It looks like no token of any version.
    NoToken,
    /// It is a token of this version, which is not known.
    Version(String),
    /// It was not copied whole, or was changed.
    Damaged,
    /// It is whole, and does not say what a token says.
    Broken(&'static str),
    /// It is about a property that is not known.
    Property(String),
    /// Its scenario makes no sense.
    Scenario(String),
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TokenError::NoToken => {
                f.write_str("this is not a replay token; one looks like cx1.DESIGN.PROPERTY.CODE, in one line")
            }
            TokenError::Version(version) => {
                write!(f, "this replay token is of version {version}; this ctxcheck reads version {VERSION}")
            }
            TokenError::Damaged => {
                f.write_str("this replay token is damaged: its checksum is not the one it states; copy all of it")
            }
            TokenError::Broken(why) => write!(f, "this replay token cannot be read: {why}"),
            TokenError::Property(message) => write!(f, "this replay token is about an {message}"),
            TokenError::Scenario(why) => write!(f, "the scenario of this replay token makes no sense: {why}"),
        }
    }
}

impl std::error::Error for TokenError {}

impl From<Broken> for TokenError {
    fn from(Broken(why): Broken) -> TokenError {
        TokenError::Broken(why)
    }
}

/// The version that is written.
const VERSION: u32 = 1;

/// How each version begins.
const PREFIX: &str = "cx";

/// How a failure is shown, as the first number of the code.
const LOCKSTEP: u64 = 0;
const SWITCHES: u64 = 1;
const LOOM: u64 = 2;

impl Counterexample {
    /// The token; nothing if it was not found a second time.
    pub fn token(&self) -> Option<Token> {
        Some(Token {
            design: self.entry.name.to_string(),
            property: self.evidence.violation.property,
            scenario: Arc::clone(&self.evidence.scenario),
            way: self.way.clone()?,
        })
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut code = Writer::default();
        match &self.way {
            Reproduction::Lockstep => code.number(LOCKSTEP),
            Reproduction::Loom(bound) => {
                code.number(LOOM);
                code.number(bound.map_or(0, |bound| bound as u64 + 1));
            }
            Reproduction::Switches(switches) => {
                code.number(SWITCHES);
                code.number(switches.len() as u64);
                for switch in switches {
                    let Switch { thread, operation, step, to } = *switch;
                    [thread.0, operation, step, to.0].into_iter().for_each(|number| code.number(u64::from(number)));
                }
            }
        }
        code.scenario(&self.scenario, &scenario_name(&self.design, self.property));
        f.write_str(&sealed(&self.design, &self.property.id().to_lowercase(), code.0))
    }
}

/// A token of these parts, with its checksum, whether they make sense or not.
pub fn sealed(design: &str, property: &str, mut code: Vec<u8>) -> String {
    let head = format!("{PREFIX}{VERSION}.{design}.{property}.");
    code.extend(checksum(head.as_bytes(), &code));
    format!("{head}{}", BASE64_URL_SAFE_NO_PAD.encode(code))
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Token, TokenError> {
        let text = text.trim();
        let version = text.strip_prefix(PREFIX).and_then(|rest| rest.split('.').next()).unwrap_or_default();
        if version.is_empty() || !version.bytes().all(|b| b.is_ascii_digit()) {
            return Err(TokenError::NoToken);
        }
        if version != VERSION.to_string() {
            return Err(TokenError::Version(version.chars().take(10).collect()));
        }
        let parts: Vec<&str> = text.split('.').collect();
        let [_, design, property, code] = parts[..] else { return Err(TokenError::Damaged) };
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(code).map_err(|_| TokenError::Damaged)?;
        let (bytes, stated) = bytes.split_last_chunk().ok_or(TokenError::Damaged)?;
        let head = &text.as_bytes()[..text.len() - code.len()];
        if *stated != checksum(head, bytes) {
            return Err(TokenError::Damaged);
        }
        let known: Property = property.parse().map_err(TokenError::Property)?;
        let mut reader = Reader(bytes);
        let way = way(&mut reader)?;
        let scenario = reader.scenario(&scenario_name(design, known))?;
        if !reader.0.is_empty() {
            return Err(TokenError::Broken("there is something behind its end"));
        }
        scenario.validate().map_err(|invalid| TokenError::Scenario(invalid.to_string()))?;
        Ok(Token { design: design.to_string(), property: known, scenario: Arc::new(scenario), way })
    }
}

fn way(reader: &mut Reader<'_>) -> Result<Reproduction, Broken> {
    match reader.number()? {
        LOCKSTEP => Ok(Reproduction::Lockstep),
        LOOM => Ok(Reproduction::Loom(
            usize::try_from(reader.number()?).map_err(|_| Broken("a number is too large"))?.checked_sub(1),
        )),
        SWITCHES => {
            let count = reader.count()?;
            let switch = |_| {
                let (thread, operation) = (ThreadId(reader.small()?), reader.small()?);
                Ok(Switch { thread, operation, step: reader.small()?, to: ThreadId(reader.small()?) })
            };
            Ok(Reproduction::Switches((0..count).map(switch).collect::<Result<_, Broken>>()?))
        }
        _ => Err(Broken("it is shown in a way that is not known")),
    }
}

/// CRC-24 (RFC 4880): no change of up to 24 neighbouring bits goes unseen, and so none of one character.
const CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_24_OPENPGP);

/// The three bytes that end a code.
fn checksum(head: &[u8], code: &[u8]) -> [u8; 3] {
    let mut digest = CHECKSUM.digest();
    digest.update(head);
    digest.update(code);
    let [_, sum @ ..] = digest.finalize().to_be_bytes();
    sum
}
