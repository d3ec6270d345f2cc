//! Mail in a browser, with or without JavaScript.

pub mod html;
