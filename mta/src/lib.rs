//! Mail in and out: SMTP.
