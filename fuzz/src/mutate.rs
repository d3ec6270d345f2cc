//! Makes new inputs from seeds: what protocol parsers trip over, cut, doubled and mixed.

/// A small generator; the run's first number decides everything, so that a finding can be repeated.
pub struct Dice(u64);

impl Dice {
    /// `seed` may be anything.
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `bound`, which is not zero.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % bound.max(1)
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> Option<&'a T> {
        from.get(self.below(from.len())).copied()
    }
}

/// What parsers of mail have tripped over.
const TOKENS: &[&[u8]] = &[
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n.\r\n",
    b"\n.\n",
    b"\r\n.\n",
    b"\0",
    b"\"",
    b"\\",
    b"<",
    b">",
    b"<>",
    b"(",
    b")",
    b"[",
    b"]",
    b"@",
    b":",
    b";",
    b"=",
    b"?=",
    b"=?utf-8?B?",
    b"=?utf-8?Q?",
    b"--",
    b"boundary=",
    b"*0*=",
    b"%",
    b"\xff",
    b"\xc3\xa9",
    b"\xf0\x9f\xa5\x9e",
    b"18446744073709551616",
    b"-1",
    b"{0}",
    b"\t",
    b" ",
    b"Content-Type: multipart/mixed; boundary=x\r\n",
    b"<svg>",
    b"&#0;",
    b"javascript:",
    b"<img src=\"cid:a\" onerror=x>",
    b"<b title='",
    b"url(",
    b"http://x.example/",
    b"\n> ",
];

/// A new input from one or two of `seeds`.
pub fn mutated(dice: &mut Dice, seeds: &[Vec<u8>], octets_max: usize) -> Vec<u8> {
    let seeds: Vec<&Vec<u8>> = seeds.iter().collect();
    let mut input = dice.pick(&seeds).cloned().unwrap_or_default();
    for _ in 0..=dice.below(8) {
        let at = dice.below(input.len() + 1);
        let to = at + dice.below((input.len() - at).min(64) + 1);
        match dice.below(6) {
            0 => drop(input.drain(at..to)),
            1 => drop(input.splice(at..to, dice.pick(TOKENS).unwrap_or_default().iter().copied())),
            2 => drop(input.splice(at..at, dice.pick(TOKENS).unwrap_or_default().iter().copied())),
            3 => flip(dice, &mut input),
            4 => repeat(dice, &mut input, at, to),
            _ => {
                let other = dice.pick(&seeds).cloned().unwrap_or_default();
                let from = dice.below(other.len() + 1);
                drop(input.splice(at..to, other.into_iter().skip(from)));
            }
        }
        input.truncate(octets_max);
    }
    input
}

fn flip(dice: &mut Dice, input: &mut [u8]) {
    let at = dice.below(input.len());
    let bit = dice.below(8);
    if let Some(octet) = input.get_mut(at) {
        *octet ^= 1 << bit;
    }
}

fn repeat(dice: &mut Dice, input: &mut Vec<u8>, at: usize, to: usize) {
    let piece = input.get(at..to).unwrap_or_default().repeat(1 + dice.below(200));
    drop(input.splice(at..at, piece));
}
