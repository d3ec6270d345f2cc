//! Line protocols on a stream: listener, TLS, framing, limits, timeouts.
