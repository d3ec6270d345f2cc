//! quoted-printable and base64 (RFC 2045 §6.7, §6.8), written.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// An encoded line, without its end.
const LINE_OCTETS_MAX: usize = 76;

/// Lines stay lines; bare CR and LF become octets like others.
pub(super) fn quoted_printable(body: &[u8], out: &mut Vec<u8>) {
    let mut rest = body;
    loop {
        let end = memchr::memmem::find(rest, b"\r\n");
        let (line, tail) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or_default();
        quoted_line(line, out);
        let Some(next) = tail.strip_prefix(b"\r\n") else { return };
        out.extend_from_slice(b"\r\n");
        rest = next;
    }
}

fn quoted_line(line: &[u8], out: &mut Vec<u8>) {
    let mut width = 0;
    for (place, octet) in line.iter().enumerate() {
        let last = place + 1 == line.len();
        let plain = match octet {
            // At the end of a line white space gets lost.
            b' ' | b'\t' => !last,
            // A line `From …` is changed by some who keep mail in one file, a lone dot by others.
            b'F' | b'.' if width == 0 => false,
            b'=' => false,
            octet => octet.is_ascii_graphic(),
        };
        let octets = if plain { 1 } else { 3 };
        if width + octets > LINE_OCTETS_MAX - usize::from(!last) {
            out.extend_from_slice(b"=\r\n");
            width = 0;
        }
        if plain {
            out.push(*octet);
        } else {
            push_hex(*octet, out);
        }
        width += octets;
    }
}

/// Only what has eight bits, in a body that is quoted-printable already.
pub(super) fn spell_out(body: &[u8], out: &mut Vec<u8>) {
    for octet in body {
        if octet.is_ascii() {
            out.push(*octet);
        } else {
            push_hex(*octet, out);
        }
    }
}

pub(super) fn base64(body: &[u8], out: &mut Vec<u8>) {
    for (number, line) in body.chunks(LINE_OCTETS_MAX / 4 * 3).enumerate() {
        if number > 0 {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(STANDARD.encode(line).as_bytes());
    }
}

fn push_hex(octet: u8, out: &mut Vec<u8>) {
    let digit = |digit: u8| if digit < 10 { b'0' + digit } else { b'A' + digit - 10 };
    out.extend_from_slice(&[b'=', digit(octet >> 4), digit(octet & 15)]);
}
