//! The chi-square distribution, for Fisher's way of combining probabilities.

/// The probability that a chi-square of `2 * pairs` degrees of freedom is at least `2 * half`.
pub(super) fn at_least(half: f64, pairs: usize) -> f64 {
    let mut term = (-half).exp();
    let mut sum = term;
    let mut divisor = 1.0;
    for _ in 1..pairs {
        term *= half / divisor;
        sum += term;
        divisor += 1.0;
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_table_of_every_textbook() {
        // Degrees of freedom, quantile of 5 % and of 1 %.
        for (freedom, five, one) in
            [(2, 5.991, 9.210), (4, 9.488, 13.277), (10, 18.307, 23.209), (100, 124.342, 135.807)]
        {
            for (quantile, probability) in [(five, 0.05), (one, 0.01), (0.0, 1.0)] {
                let found = at_least(quantile / 2.0, freedom / 2);
                assert!((found - probability).abs() < 0.0005, "{freedom} {quantile}: {found}");
            }
        }
    }

    #[test]
    fn what_is_beyond_all_numbers_is_impossible_and_not_an_error() {
        assert!(at_least(5_000.0, 150) < 1e-9);
        assert!((at_least(0.0, 0) - 1.0).abs() < 1e-9);
    }
}
