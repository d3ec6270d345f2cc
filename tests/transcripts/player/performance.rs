//! Goes through a script line by line.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::actor::{Actor, Heard};
use super::pattern::fits;
use super::protocol::{House, Theatre};
use super::script::{Action, Connection, Script, Step};
use super::stage::Set;

/// How long a server may think. Hashing a password on a busy machine takes its time.
const PATIENCE: Duration = Duration::from_secs(20);
/// When rewriting, silence for so long means that all has been said.
const UPDATE_PATIENCE: Duration = Duration::from_millis(500);

/// What to do when a server says something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Check,
    /// Write it down.
    Update,
}

/// Nothing, or what went otherwise.
pub type Outcome = Result<(), String>;

/// Plays one file.
pub async fn play(theatre: &Theatre, file: &Path, mode: Mode) -> Outcome {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let script = Script::parse(&text)?;
    let set = Set::build(&script.stage, file.parent().unwrap_or(file)).await?;
    let house = House::new(theatre, set.store.clone(), &script.stage.settings)?;
    let mut performance = Performance {
        theatre,
        house,
        actors: BTreeMap::new(),
        on: None,
        mode,
        skipping: None,
        last_line: 0,
        edits: Edits::default(),
    };
    let mut outcome = Ok(());
    for step in &script.steps {
        outcome = performance.step(step).await;
        if let Err(what) = &mut outcome {
            *what = format!("  line {}: {what}", step.line + 1);
            break;
        }
    }
    if outcome.is_ok() {
        outcome = performance.curtain().await;
    }
    let edits = std::mem::take(&mut performance.edits);
    drop(performance);
    set.store.close().await;
    if mode == Mode::Update && outcome.is_ok() && !edits.0.is_empty() {
        std::fs::write(file, edits.apply(&text)).map_err(|error| error.to_string())?;
    }
    outcome
}

struct Performance<'a> {
    theatre: &'a Theatre,
    house: House,
    actors: BTreeMap<String, Actor>,
    on: Option<String>,
    mode: Mode,
    /// After `S: ***`: where it stands.
    skipping: Option<usize>,
    last_line: usize,
    edits: Edits,
}

impl Performance<'_> {
    async fn step(&mut self, step: &Step) -> Outcome {
        if !matches!(step.action, Action::Hear(_) | Action::HearAny) {
            self.note_what_else_is_said().await;
        }
        self.last_line = step.line;
        match &step.action {
            Action::Connection(connection) => return self.enter(connection).await,
            Action::HearAny => self.skipping = Some(step.line),
            Action::Hear(pattern) => return self.hear(step.line, pattern).await,
            Action::End => return self.end().await,
            Action::Drain => self.house.closing.begin(),
            Action::Send(octets) => self.actor()?.send(octets).await,
            Action::Shut => self.actor()?.shut().await,
            Action::Leave => drop(self.leave()?),
            Action::Tls => {
                let name = self.on.clone().unwrap_or_default();
                let actor = self.leave()?.shake_hands(&self.theatre.connector).await?;
                self.actors.insert(name.clone(), actor);
                self.on = Some(name);
            }
        }
        Ok(())
    }

    async fn enter(&mut self, connection: &Connection) -> Outcome {
        if !self.actors.contains_key(&connection.name) {
            let actor = self.house.connect(self.theatre, connection).await?;
            self.actors.insert(connection.name.clone(), actor);
        }
        self.on = Some(connection.name.clone());
        Ok(())
    }

    fn actor(&mut self) -> Result<&mut Actor, String> {
        let name = self.on.as_ref().ok_or("nobody is connected")?;
        self.actors.get_mut(name).ok_or_else(|| format!("{name} has left"))
    }

    fn leave(&mut self) -> Result<Actor, String> {
        let name = self.on.take().ok_or("nobody is connected")?;
        self.actors.remove(&name).ok_or_else(|| format!("{name} has left"))
    }

    async fn hear(&mut self, line: usize, pattern: &str) -> Outcome {
        let patience = self.patience();
        loop {
            let heard = self.actor()?.hear(patience).await;
            match heard {
                Heard::Line(text) if fits(pattern, &text) => break,
                Heard::Line(_) if self.skipping.is_some() => {}
                Heard::Line(text) if self.mode == Mode::Update => {
                    self.edits.replace(line, said(&text));
                    break;
                }
                Heard::Line(text) => {
                    return Err(format!("wanted S: {pattern}\n           heard S: {text}"));
                }
                Heard::End | Heard::Silence if self.mode == Mode::Update => {
                    self.edits.remove(line);
                    break;
                }
                Heard::End => {
                    return Err(format!(
                        "wanted S: {pattern}\n           but the connection was closed"
                    ));
                }
                Heard::Silence => {
                    return Err(format!("wanted S: {pattern}\n           but nothing was said"));
                }
            }
        }
        self.skipping = None;
        Ok(())
    }

    async fn end(&mut self) -> Outcome {
        let patience = self.patience();
        match self.actor()?.hear(patience).await {
            Heard::End => Ok(()),
            Heard::Line(text) => Err(format!("wanted the end, heard S: {text}")),
            Heard::Silence => Err("wanted the end, but the connection stays open".into()),
        }
    }

    /// Lines that the script does not have go into it, when it is rewritten.
    async fn note_what_else_is_said(&mut self) {
        if self.mode == Mode::Check || self.skipping.is_some() {
            return;
        }
        let line = self.last_line;
        while let Ok(actor) = self.actor() {
            let Heard::Line(text) = actor.hear(UPDATE_PATIENCE).await else { return };
            self.edits.add_after(line, said(&text));
        }
    }

    /// Nobody may have been told more than the script says.
    async fn curtain(&mut self) -> Outcome {
        self.note_what_else_is_said().await;
        let patience = self.patience();
        for (name, actor) in &mut self.actors {
            actor.shut().await;
            if let Heard::Line(text) = actor.hear(patience).await {
                return Err(format!("  after the last line, {name} heard S: {text}"));
            }
        }
        Ok(())
    }

    fn patience(&self) -> Duration {
        if self.mode == Mode::Update { UPDATE_PATIENCE * 4 } else { PATIENCE }
    }
}

/// A space at the end of a line would not survive every editor.
fn said(text: &str) -> String {
    format!("S: {text}").trim_end().to_owned()
}

/// What changes in a file, by line.
#[derive(Default)]
struct Edits(BTreeMap<usize, Edit>);

#[derive(Default)]
struct Edit {
    /// Instead of the line; none takes it away.
    instead: Option<Option<String>>,
    behind: Vec<String>,
}

impl Edits {
    fn replace(&mut self, line: usize, text: String) {
        self.0.entry(line).or_default().instead = Some(Some(text));
    }

    fn remove(&mut self, line: usize) {
        self.0.entry(line).or_default().instead = Some(None);
    }

    fn add_after(&mut self, line: usize, text: String) {
        self.0.entry(line).or_default().behind.push(text);
    }

    fn apply(mut self, text: &str) -> String {
        let mut lines = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let edit = self.0.remove(&number).unwrap_or_default();
            lines.extend(edit.instead.unwrap_or_else(|| Some(line.to_owned())));
            lines.extend(edit.behind);
        }
        lines.join("\n") + "\n"
    }
}
