// What the server tells, as types: the shapes of docs/protocol.md. There is nothing here that runs.

/**
 * @typedef {"online" | "away" | "offline"} Presence
 * @typedef {"offline" | "missed"} Kind
 * @typedef {"unserved" | "served" | "closed"} ConversationStatus
 * @typedef {"queued" | "sending" | "sent" | "deferred" | "failed" | "uncertain" | "no_longer_needed" | "expired"} EmailState
 *
 * @typedef {{ id: string, name: string, email: string, role: "admin" | "agent", active: boolean, locale: "cs" | "en",
 *   appear_offline: boolean, notifications: { offline: boolean, missed: boolean }, groups: string[], status: Presence,
 *   since: string }} Operator
 * @typedef {{ enabled: boolean, delay_s: number }} KindSettings
 * @typedef {{ id: string, name: string, plan: "free" | "standard" | "pro", locale: "cs" | "en", timezone: string,
 *   notifications: { offline: KindSettings, missed: KindSettings, cooldown_s: number, read_cancels: "reader" | "everyone",
 *     missed_recipients: "online" | "audience", include_text: boolean },
 *   allowed_origins: string[], widget_key: string | null }} Account
 * @typedef {{ id: string, name: string, operators: string[] }} Group
 * @typedef {{ id: string, name: string, status: Presence, since: string, appear_offline: boolean }} Colleague
 * @typedef {{ id: string, kind: "dashboard" | "mobile", name: string | null, state: Presence | "reconnecting", since: string,
 *   last_seen: string, until?: string }} Device
 * @typedef {{ group: string | null, status: "online" | "offline", since: string, stale?: true,
 *   because?: { operator: string, device: string, last_seen: string }[] }} ChatBox
 * @typedef {{ chat: ChatBox[], operators: (Colleague & { devices: Device[] })[] }} PresenceReport
 *
 * @typedef {{ id: string, name: string | null, email: string | null, online: boolean,
 *   page: { url: string, title: string | null } | null }} Visitor
 * @typedef {{ kind: "operator" | "visitor" | "system", id?: string, name?: string | null }} Author
 * @typedef {{ code: "joined" | "left" | "transferred" | "closed", operator?: string, group?: string, name: string }} SystemEvent
 * @typedef {{ conversation?: string, seq: number, at: string, author: Author, text: string, client_id?: string,
 *   event?: SystemEvent }} Message
 * @typedef {{ kind: Kind, started_at: string, due_at: string, recipients: string[],
 *   cancels: ("online" | "open" | "join" | "reply" | "close" | "return")[] }} Timer
 * @typedef {{ id: string, status: ConversationStatus, group: string | null, visitor: Visitor,
 *   operators: { id: string, name: string }[], last_message: Message | null, unread: number, at: string,
 *   timer: Timer | null, email: { state: EmailState } | null, last_seq: number, read_seq: number, seen_seq: number }} Conversation
 *
 * @typedef {{ code: string, text: string, rule: string, at?: string, by?: string, device?: { id: string, name?: string },
 *   since?: string, until?: string, setting?: string, delay_s?: number, seq?: number }} Reason
 * @typedef {{ at: string, kind: Kind, operator: string | null, code: string, text: string, rule: string, reasons: Reason[],
 *   timer?: number, seqs: number[], email?: string }} Decision
 * @typedef {{ kind: Kind, started_at: string, due_at: string, state: "running" | "cancelled" | "fired", ended_at?: string,
 *   reason?: Reason }} TimerRecord
 * @typedef {{ timers: TimerRecord[], decisions: Decision[] }} Explanation
 * @typedef {{ at: string, conversation: string, visitor: { id: string, name: string | null, email: string | null }, kind: Kind,
 *   code: string, text: string, rule: string, email?: string }} OwnDecision
 * @typedef {{ id: string, conversation: string, operator: string, kind: Kind, state: EmailState, class?: string | null,
 *   to: string, message_id: string, created_at: string, next_attempt_at?: string,
 *   attempts: { at: string, server: string | null, reply: string, class: string | null }[], text: string }} Email
 * @typedef {{ code: string, text: string, since: string }} Notice
 * @typedef {{ id: string, created_at: string, last_seen: string, user_agent: string | null,
 *   device?: { id: string, kind: string, name: string | null } | null, current: boolean }} Session
 */

export {};
