//! What is said about a line that is no command.

use super::super::command::{Fault, PathFault};
use super::super::refusal::Refusal;
use super::super::replies;
use super::super::reply::Reply;

pub(super) fn refusal(fault: Fault) -> Refusal {
    if fault == Fault::ChunkMalformed {
        // What follows may be text, and none of it may be taken for commands.
        return Refusal::stranger(replies::SAY_BDAT);
    }
    Refusal::client(reply(fault))
}

fn reply(fault: Fault) -> Reply {
    match fault {
        Fault::Empty => replies::EMPTY_LINE.into(),
        Fault::ControlCharacter => replies::CONTROL_CHARACTER.into(),
        Fault::EightBit => replies::EIGHT_BIT.into(),
        Fault::Unknown => replies::UNKNOWN_COMMAND.into(),
        Fault::ArgumentForbidden(verb) => replies::no_arguments(verb),
        Fault::HelloNameless(verb) => replies::hello_needs_name(verb),
        Fault::HelloInvalid(verb) => replies::hello_name_invalid(verb),
        Fault::FromMissing => replies::SAY_FROM.into(),
        Fault::AuthMalformed => replies::SAY_AUTH.into(),
        Fault::ChunkMalformed => replies::SAY_BDAT.into(),
        Fault::ToMissing => replies::SAY_TO.into(),
        Fault::Sender(PathFault::Unclosed) => replies::SENDER_UNCLOSED.into(),
        Fault::Sender(_) => replies::SENDER_INVALID.into(),
        Fault::Recipient(PathFault::Unclosed) => replies::RECIPIENT_UNCLOSED.into(),
        Fault::Recipient(PathFault::Empty) => replies::RECIPIENT_EMPTY.into(),
        Fault::Recipient(PathFault::Address(_)) => replies::RECIPIENT_INVALID.into(),
        Fault::VerifyNobody => replies::VERIFY_WHOM.into(),
        Fault::ParameterMalformed => replies::PARAMETER_MALFORMED.into(),
        Fault::ParameterTwice => replies::PARAMETER_TWICE.into(),
        Fault::ParameterUnknown(keyword) => replies::parameter_unknown(&keyword),
        Fault::SizeMalformed => replies::SIZE_MALFORMED.into(),
        Fault::BodyMalformed => replies::BODY_MALFORMED.into(),
        Fault::FlagWithValue(name) => replies::has_no_value(name),
        Fault::RetMalformed => replies::RET_MALFORMED.into(),
        Fault::EnvidMalformed => replies::ENVID_MALFORMED.into(),
        Fault::NotifyMalformed => replies::NOTIFY_MALFORMED.into(),
        Fault::OrcptMalformed => replies::ORCPT_MALFORMED.into(),
        Fault::SenderNeedsUtf8 => replies::SENDER_NEEDS_UTF8.into(),
    }
}
