//! `doorbell explain`: why somebody did, or did not, get an email about a conversation (rules W1–W3).

use super::CliError;
use super::args::ExplainArgs;
use crate::domain::ids::ConversationId;
use crate::settings::Settings;

/// Prints the explanation: as text, or as `GET /api/v1/conversations/{id}/notifications` answers it.
///
/// # Errors
/// Where there is no such conversation, or the store cannot be read.
pub async fn run(args: ExplainArgs, _settings: Settings) -> Result<(), CliError> {
    let _id: ConversationId = (args.conversation.parse())
        .map_err(|_| CliError::Failed(format!("there is no conversation {}", args.conversation)))?;
    Err(CliError::Failed("not built yet".to_owned()))
}
