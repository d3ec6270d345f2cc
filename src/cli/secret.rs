//! Passwords at the command line: asked for without echo, read from a pipe, or made.

use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context, Result, bail, ensure};
use mailstore::Password;

/// Asks twice on a terminal; elsewhere takes the first line of standard input.
pub fn ask() -> Result<Password> {
    if io::stdin().is_terminal() {
        let password = rpassword::prompt_password("Password: ")?;
        ensure!(password == rpassword::prompt_password("Again: ")?, "the two are not the same");
        return checked(password);
    }
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .context("cannot read the password from standard input")?;
    checked(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn checked(password: String) -> Result<Password> {
    if password.is_empty() {
        bail!("no password given; --generate makes one");
    }
    Ok(password.into())
}

/// Twenty letters and digits that are easy to read aloud: 100 bits.
pub fn made(random: [u8; 20]) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let letter = |octet: u8| LETTERS.get(usize::from(octet % 32)).copied().map_or('x', char::from);
    random
        .chunks(5)
        .map(|group| group.iter().copied().map(letter).collect::<String>())
        .collect::<Vec<_>>()
        .join("-")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_made_password_has_four_groups_of_five() {
        assert_eq!(super::made([0; 20]), "aaaaa-aaaaa-aaaaa-aaaaa");
    }
}
