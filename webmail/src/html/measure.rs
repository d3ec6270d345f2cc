//! A guess at how tall a message will stand, so that its frame is about as high as the message in it.
//!
//! A sandboxed frame has an origin of its own: no script of ours can look into it to measure. So the guess is made
//! here, from text lengths, line breaks and table rows. Too low gives a scroll bar inside, too high some white paper.

use super::element::Kind;

/// How tall a message stands, in CSS pixels, on the two kinds of screens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Height {
    /// On a desk.
    pub wide: usize,
    /// On a phone.
    pub narrow: usize,
}

/// Measures for both kinds of screens while the message is walked over.
pub struct Measure([Column; 2]);

impl Default for Measure {
    fn default() -> Self {
        let column = |characters, pixels_across| Column {
            characters,
            pixels_across,
            lines: 0,
            run: 0,
            rows: Vec::new(),
        };
        Self([column(84, 900), column(38, 300)])
    }
}

impl Measure {
    /// Text of so many characters runs on.
    pub fn text(&mut self, characters: usize) {
        self.0.iter_mut().for_each(|column| column.run += characters);
    }

    /// An element begins.
    pub fn open(&mut self, kind: Kind, name: &str) {
        self.0.iter_mut().for_each(|column| column.open(kind, name));
    }

    /// An element ends.
    pub fn close(&mut self, kind: Kind, name: &str) {
        self.0.iter_mut().for_each(|column| column.close(kind, name));
    }

    /// A picture of so many CSS pixels, which shrinks to the width there is.
    pub fn picture(&mut self, width: Option<usize>, height: usize) {
        self.0.iter_mut().for_each(|column| column.picture(width.unwrap_or(0), height));
    }

    /// The guess.
    pub fn height(&self) -> Height {
        let [wide, narrow] = &self.0;
        Height { wide: wide.pixels(), narrow: narrow.pixels() }
    }
}

/// Counts lines of one width.
struct Column {
    characters: usize,
    pixels_across: usize,
    lines: usize,
    run: usize,
    rows: Vec<Row>,
}

/// Cells of a row stand side by side, so a row is as tall as its tallest cell.
struct Row {
    began: usize,
    tallest: usize,
}

impl Column {
    fn open(&mut self, kind: Kind, name: &str) {
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

    fn close(&mut self, kind: Kind, name: &str) {
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

    fn picture(&mut self, width: usize, height: usize) {
        self.end_line();
        let shrunk = height * self.pixels_across / width.max(self.pixels_across);
        self.lines += shrunk / PIXELS_PER_LINE;
    }

    fn pixels(&self) -> usize {
        let lines = self.lines + self.run.div_ceil(self.characters);
        lines * PIXELS_PER_LINE + PIXELS_PER_LINE * 2
    }

    fn end_line(&mut self) {
        self.lines += self.run.div_ceil(self.characters);
        self.run = 0;
    }
}

const PIXELS_PER_LINE: usize = 23;
