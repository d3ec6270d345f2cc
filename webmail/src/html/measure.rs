//! A guess at how tall a message will stand, so that its frame is about as high as the message in it.
//!
//! A sandboxed frame has an origin of its own: no script of ours can look into it to measure. So the guess is made
//! here, from text lengths, line breaks and table rows. Too low gives a scroll bar inside, too high some white paper.

use super::element::Kind;

const CHARACTERS_PER_LINE: usize = 84;

/// Counts lines while the message is walked over.
#[derive(Default)]
pub struct Measure {
    lines: usize,
    run: usize,
    rows: Vec<Row>,
}

/// Cells of a row stand side by side, so a row is as tall as its tallest cell.
struct Row {
    began: usize,
    tallest: usize,
}

impl Measure {
    /// Text of so many characters runs on.
    pub fn text(&mut self, characters: usize) {
        self.run += characters;
    }

    /// An element begins.
    pub fn open(&mut self, kind: Kind, name: &str) {
        match kind {
            Kind::Row => {
                self.end_line();
                self.rows.push(Row { began: self.lines, tallest: 0 });
            }
            Kind::Cell => {
                self.end_line();
                if let Some(row) = self.rows.last_mut() {
                    row.tallest = row.tallest.max(self.lines.saturating_sub(row.began));
                    self.lines = row.began;
                }
            }
            Kind::Void if name == "br" => {
                self.run = self.run.max(1);
                self.end_line();
            }
            Kind::Block | Kind::Item | Kind::Table | Kind::TableSection => self.end_line(),
            _ => {}
        }
    }

    /// An element ends.
    pub fn close(&mut self, kind: Kind, name: &str) {
        match kind {
            Kind::Row => {
                self.end_line();
                if let Some(row) = self.rows.pop() {
                    let last = self.lines.saturating_sub(row.began);
                    self.lines = row.began + row.tallest.max(last);
                }
            }
            Kind::Block
                if matches!(
                    name,
                    "p" | "h1" | "h2" | "h3" | "ul" | "ol" | "pre" | "blockquote"
                ) =>
            {
                self.end_line();
                // Its margin.
                self.lines += 1;
            }
            Kind::Block | Kind::Item | Kind::Table | Kind::TableSection => self.end_line(),
            _ => {}
        }
    }

    /// A picture of so many CSS pixels.
    pub fn picture(&mut self, pixels: usize) {
        self.end_line();
        self.lines += pixels / PIXELS_PER_LINE;
    }

    /// The guess, in CSS pixels.
    pub fn pixels(&self) -> usize {
        let lines = self.lines + self.run.div_ceil(CHARACTERS_PER_LINE);
        lines * PIXELS_PER_LINE + PIXELS_PER_LINE * 2
    }

    fn end_line(&mut self) {
        self.lines += self.run.div_ceil(CHARACTERS_PER_LINE);
        self.run = 0;
    }
}

const PIXELS_PER_LINE: usize = 23;
