// Everything that the dashboard says: a dictionary a part.
import { join } from "/shared/words.js";
import * as me from "./words/me.js";
import * as inbox from "./words/inbox.js";
import * as settings from "./words/settings.js";
import * as side from "./words/side.js";
import * as settingsMail from "./words/settings-mail.js";
import * as settingsPeople from "./words/settings-people.js";
import * as settingsProfile from "./words/settings-profile.js";
import * as settingsWidget from "./words/settings-widget.js";
import * as shell from "./words/shell.js";
import * as talk from "./words/talk.js";
import * as team from "./words/team.js";
import * as why from "./words/why.js";

export const dictionaries = join(shell, me, inbox, talk, side, team, why, settings, settingsProfile, settingsPeople, settingsWidget, settingsMail);
