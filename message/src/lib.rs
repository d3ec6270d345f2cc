//! What a mail is: address, envelope, header, date, MIME tree. Values only, no I/O.
