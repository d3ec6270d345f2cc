//! As much DER as it takes to find an RSA key's two numbers.

/// The modulus and the exponent, big-endian without zeros in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RsaNumbers {
    pub modulus: Vec<u8>,
    pub exponent: Vec<u8>,
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;
/// 1.2.840.113549.1.1.1, and no parameters.
const RSA_ENCRYPTION: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

impl RsaNumbers {
    /// Reads a SubjectPublicKeyInfo, which is what everybody publishes, or the bare RSAPublicKey that
    /// RFC 6376 §3.6.1 speaks of.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let (inside, _) = element(der, SEQUENCE)?;
        match element(inside, SEQUENCE) {
            Some((algorithm, key)) => {
                let (bits, _) =
                    element(key, BIT_STRING).filter(|_| algorithm.starts_with(RSA_ENCRYPTION))?;
                // No bits are unused.
                let (numbers, _) = element(bits.strip_prefix(&[0])?, SEQUENCE)?;
                Self::numbers(numbers)
            }
            None => Self::numbers(inside),
        }
    }

    fn numbers(text: &[u8]) -> Option<Self> {
        let (modulus, rest) = element(text, INTEGER)?;
        let (exponent, _) = element(rest, INTEGER)?;
        let plain = |number: &[u8]| {
            number.iter().skip_while(|octet| **octet == 0).copied().collect::<Vec<u8>>()
        };
        let numbers = Self { modulus: plain(modulus), exponent: plain(exponent) };
        (!numbers.modulus.is_empty() && !numbers.exponent.is_empty()).then_some(numbers)
    }

    /// The length of the key.
    pub fn bits(&self) -> usize {
        let first = self.modulus.first().map_or(0, |octet| octet.leading_zeros() as usize);
        self.modulus.len() * 8 - first
    }
}

/// The contents of the first element, if it has this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = der.strip_prefix(&[tag])?.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81..=0x84 => {
            let (octets, rest) = rest.split_at_checked(usize::from(length - 0x80))?;
            (octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// A sequence of two numbers.
    fn bare(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
        wrapped(SEQUENCE, &[wrapped(INTEGER, modulus), wrapped(INTEGER, exponent)].concat())
    }

    fn wrapped(tag: u8, inside: &[u8]) -> Vec<u8> {
        let length = u16::try_from(inside.len()).unwrap().to_be_bytes();
        [&[tag, 0x82][..], &length, inside].concat()
    }

    fn info(key: &[u8]) -> Vec<u8> {
        let algorithm = wrapped(SEQUENCE, &[RSA_ENCRYPTION, &[0x05, 0x00]].concat());
        let bits = wrapped(BIT_STRING, &[&[0][..], key].concat());
        wrapped(SEQUENCE, &[algorithm, bits].concat())
    }

    #[test]
    fn both_forms_of_a_key_are_read() {
        let modulus = [&[0][..], &[0x81; 128]].concat();
        let key = bare(&modulus, &[1, 0, 1]);
        for der in [key.clone(), info(&key)] {
            let numbers = RsaNumbers::from_der(&der).unwrap();
            assert_eq!(numbers.bits(), 1_024);
            assert_eq!(numbers.exponent, [1, 0, 1]);
        }
        assert_eq!(RsaNumbers::from_der(&bare(&[0x01, 0xff], &[3])).unwrap().bits(), 9);
    }

    #[test]
    fn what_is_cut_off_or_something_else_is_no_key() {
        let whole = info(&bare(&[0x81; 128], &[1, 0, 1]));
        for length in 0..whole.len() {
            assert_eq!(RsaNumbers::from_der(whole.get(..length).unwrap()), None, "{length}");
        }
        for der in [
            &[0x30, 0x85, 1, 1, 1, 1, 1][..],
            &[0x30, 0x84, 255, 255, 255, 255],
            &[0x30, 0x80],
            &bare(&[0], &[3]),
        ] {
            assert_eq!(RsaNumbers::from_der(der), None);
        }
        let mut other = whole;
        *other.get_mut(18).unwrap() ^= 1;
        assert_eq!(RsaNumbers::from_der(&other), None);
    }
}
