//! The queue: mail on its way to the world.

pub mod report;
mod schedule;

pub use schedule::Schedule;
