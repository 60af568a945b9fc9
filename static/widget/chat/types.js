// The types of the chat. There is nothing here that runs, and no browser fetches it.

/** @typedef {import("/shared/link-types.js").Message} Message @typedef {import("/shared/link-types.js").Unsent} Unsent */

/**
 * "Where may we answer?", and what stands in it.
 *
 * @typedef {object} Form
 * @property {boolean} isPutOff not now
 * @property {boolean} isEditing an address is known, and is to be another
 * @property {boolean} isSaving
 * @property {string} name
 * @property {string} email
 * @property {"" | "invalid" | "unsaved"} error
 */

/**
 * What the chat knows.
 *
 * @typedef {object} State
 * @property {import("/shared/link.js").Status} link
 * @property {boolean} isBroken the connection was lost, and is not back
 * @property {{ status: "online" | "offline", stale?: boolean } | null} box as it was known last
 * @property {string} team whom the visitor writes to
 * @property {{ name: string | null, email: string | null } | null} visitor
 * @property {readonly Message[]} messages
 * @property {readonly Unsent[]} waiting what the server has not acknowledged
 * @property {boolean} hasOlder
 * @property {number} readSeq up to where operators have read
 * @property {number} seenSeq up to where the visitor has
 * @property {readonly string[]} typing who types
 * @property {boolean} isOpen the panel is
 * @property {boolean} isVisible somebody looks at the page, not at another tab
 * @property {boolean} isAtEnd the newest message is in view
 * @property {string} draft
 * @property {boolean} hasSound
 * @property {Form} form
 */

/**
 * What happens: the server's frames, and what is done here.
 *
 * @typedef {{ type: "link", link: State["link"] }
 *   | { type: "welcome", account: { name: string }, chat: State["box"], visitor: NonNullable<State["visitor"]>,
 *       conversation: null | { read_seq: number, seen_seq: number } }
 *   | { type: "chat", status: "online" | "offline", stale?: boolean }
 *   | { type: "message", author: Message["author"] }
 *   | { type: "thread", messages: State["messages"], waiting: State["waiting"], hasOlder: boolean }
 *   | { type: "read", seq: number }
 *   | { type: "seen", seq: number }
 *   | { type: "typing", on: boolean, name: string }
 *   | { type: "set", fields: Partial<State> }
 *   | { type: "form", fields: Partial<Form> }
 *   | { type: "identified", who: { name?: string, email?: string } }} Event
 */

/**
 * A line of the conversation.
 *
 * @typedef {{ kind: "day", key: string, at: string } | { kind: "note", key: string, message: Message } | Bubble} Row
 * @typedef {"sending" | "waits" | "failed" | "sent" | "read"} Mark what became of one's own message
 *
 * @typedef {object} Bubble
 * @property {"bubble"} kind
 * @property {string} key the same from the first keystroke to the end, so that nothing flickers
 * @property {boolean} isOwn
 * @property {string} text
 * @property {string} [at]
 * @property {string | null} [name] whose, at the start of a run of an operator's
 * @property {Mark} [mark]
 * @property {string} [failed] the code of its refusal
 * @property {string} [client_id]
 * @property {boolean} isLast of its run: time and mark stand below
 */

/**
 * What the page gave in `data-` attributes and commands, as far as it makes sense.
 *
 * @typedef {object} Settings
 * @property {string} [language] that was wished for
 * @property {string} [lang] of the page
 * @property {string} [group]
 * @property {string} [title]
 * @property {string} [color]
 * @property {string} [greetingOnline]
 * @property {string} [greetingOffline]
 * @property {string} [name] of the visitor
 * @property {string} [email]
 * @property {string} [position]
 */

/**
 * Where things are kept. An empty value is forgotten.
 *
 * @typedef {object} Store
 * @property {(name: string) => string | null} get
 * @property {(name: string, value: string) => void} set
 * @property {() => string[]} names
 * @property {(listener: (name: string, value: string) => void) => void} onChange when another tab did it
 */

/**
 * The page around the chat.
 *
 * @typedef {object} Host
 * @property {Settings} settings at first
 * @property {Store} store of the page
 * @property {(message: object) => void} tell
 * @property {(listeners: Listeners) => void} listen
 */

/**
 * What the loader tells.
 *
 * @typedef {object} Listeners
 * @property {(settings: Settings) => void} settings
 * @property {(page: { url: string, title: string }) => void} page
 * @property {(isOpen: boolean, takesFocus: boolean) => void} open
 * @property {(text: string) => void} send
 */

/**
 * What parts are drawn with.
 *
 * @typedef {object} Context
 * @property {import("./looks.js").Voice} voice
 * @property {Settings} settings
 * @property {boolean} isHosted a loader has put it into a page, and can close it
 * @property {Acts} acts
 */

/**
 * What the chat is run with.
 *
 * @typedef {object} Desk
 * @property {import("/shared/link.js").Link} link
 * @property {import("/shared/thread.js").Thread} thread
 * @property {import("./around.js").Memory} memory
 * @property {() => State} state as it is now
 * @property {(event: Event) => void} step
 * @property {Host} host
 */

/**
 * What a visitor can do.
 *
 * @typedef {object} Acts
 * @property {() => void} close
 * @property {() => void} toggleSound
 * @property {() => void} older
 * @property {() => void} toEnd
 * @property {(event: any) => void} scrolled
 * @property {(event: any) => void} write
 * @property {(event: KeyboardEvent) => void} pressKey
 * @property {() => void} restFromTyping
 * @property {(event: any) => void} send
 * @property {(client_id: string) => void} retry
 * @property {(client_id: string) => void} discard
 * @property {(event: any) => void} fill
 * @property {(event: any) => void} identify
 * @property {() => void} editWhere
 * @property {() => void} putOff
 */

export {};
