//! What the demo says on the screen: where everything is, and a dialogue to type.

use super::ACCOUNTS;
use crate::services::House;

/// The text for a person. `kept` is the data folder if it stays.
pub fn lesson(house: &House, kept: Option<&std::path::Path>) -> String {
    let port = |service| house.port(service).unwrap_or_default();
    let accounts = ACCOUNTS
        .map(|(address, _, password)| {
            format!("               {address:<20} password  {password}\n")
        })
        .concat();
    let data = match kept {
        Some(folder) => format!("The mail is kept in {}.", folder.display()),
        None => "The mail is thrown away at the end; --data DIR keeps it.".to_owned(),
    };
    let (http, https, smtp, pop3, pop3s) =
        (port("http"), port("https"), port("smtp"), port("pop3"), port("pop3s"));
    let (submission, submissions) = (port("submission"), port("submissions"));
    format!(
        "\
posthouse is up, on this machine only.

  Webmail      http://localhost:{http}/    (https on {https})
{accounts}
  SMTP {smtp} (STARTTLS)    POP3 {pop3} (STLS), {pop3s} (TLS)
  Submission {submission} (STARTTLS), {submissions} (TLS): your mail program sends here
  Certificate to trust: {certificate}

Send a letter by hand:

    telnet localhost {smtp}
    HELO crepes.fr
    MAIL FROM: <alice@crepes.fr>
    RCPT TO: <bob@hamburger.edu>
    DATA
    Do you like ketchup?
    How about pickles?
    .
    QUIT

and read it:

    telnet localhost {pop3}
    user bob
    pass hungry
    list
    retr N          (the last number of the list)
    quit

HELP at the SMTP prompt goes on from there. fail-temp@, fail-perm@ and slow@hamburger.edu do what they say.
Nothing can leave this machine: letters to elsewhere wait in the queue.
{data} Ctrl-C ends it.",
        certificate = house.certificate.file.display(),
    )
}
