//! Reading mail over line protocols: POP3.
