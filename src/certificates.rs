//! The server's certificate: read from PEM files, or made and kept when there is none.
//!
//! A made certificate is self-signed; whoever connects must be told to trust it. ACME is not known here yet.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate that is in use, and where its PEM file is.
pub struct Certificate {
    /// With it, ready to shake hands.
    pub tls: Arc<ServerConfig>,
    /// The PEM file with the chain, for those who want to trust it.
    pub file: PathBuf,
}

/// Reads the certificate chain and its key.
///
/// # Errors
/// A file that cannot be read, holds no PEM, or a key that does not fit.
pub fn read(certificate: &Path, key: &Path) -> Result<Certificate> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("cannot read the certificate {}", certificate.display()))?;
    let secret = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("cannot read the key {}", key.display()))?;
    let tls = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .with_context(|| format!("{} and {} do not fit", certificate.display(), key.display()))?;
    Ok(Certificate { tls: Arc::new(tls), file: certificate.to_owned() })
}

/// Reads the certificate of `folder`, making a self-signed one for `names` first if there is none.
///
/// # Errors
/// The folder cannot be written, or what lies there is not a certificate with its key.
pub fn read_or_make(folder: &Path, names: &[&str]) -> Result<Certificate> {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("certificate-key.pem"));
    if !certificate.exists() || !key.exists() {
        make(&certificate, &key, names)
            .with_context(|| format!("cannot make a certificate in {}", folder.display()))?;
    }
    read(&certificate, &key)
}

fn make(certificate: &Path, key: &Path, names: &[&str]) -> Result<()> {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names)?;
    // The key first: a certificate without its key would be taken for whole at the next start.
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(key)?;
    file.write_all(made.signing_key.serialize_pem().as_bytes())?;
    file.sync_all()?;
    fs::write(certificate, made.cert.pem())?;
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_made_certificate_is_kept_and_its_key_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let first = read_or_make(folder.path(), &["localhost", "127.0.0.1"]).unwrap();
        let pem = fs::read(&first.file).unwrap();
        let again = read_or_make(folder.path(), &["localhost", "127.0.0.1"]).unwrap();
        assert_eq!(fs::read(again.file).unwrap(), pem);
        let mode =
            fs::metadata(folder.path().join("certificate-key.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
