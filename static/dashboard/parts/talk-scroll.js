// Where a conversation stands in its window. It never jumps: at its end it follows what is written, elsewhere what one reads stays
// where it is, whatever comes below or is loaded above. And it tells how far it came into view.

/** @typedef {import("../desk.js").Desk} Desk */

/** So near to its end it is at its end. */
const NEAR_PX = 24;
/** So near to its beginning older messages are fetched. */
const OLDER_PX = 160;
/** How much of what was read before stays above the first unread message. */
const CONTEXT_PX = 72;

/** Where one looks whether something lies over it: what floats in it keeps away from its edge. */
const EDGE_PX = 6;

/** The one that is shown. @type {WeakMap<Desk, TalkScroll>} */
const shown = new WeakMap();

/** @param {Desk} desk @param {string} id @param {HTMLElement} element */
export function followTalk(desk, id, element) {
  if (!shown.has(desk)) desk.listen(lookSoon(desk));
  shown.set(desk, new TalkScroll(desk, id, element));
}

/**
 * What covered it may be gone, or somebody looks again. A hidden page draws no frames: one waits there, however much happens.
 *
 * @param {Desk} desk
 */
function lookSoon(desk) {
  let frame = 0;
  const look = () => {
    frame = 0;
    shown.get(desk)?.look();
  };
  return () => void (frame ||= requestAnimationFrame(look));
}

class TalkScroll {
  #desk;
  #id;
  #element;
  #isAtEnd = true;
  /** What one reads, and where it stands in the window. @type {{ words: HTMLElement, topPx: number } | null} */
  #anchor = null;
  /** How it stood when that was remembered. */
  #topPx = 0;
  #sizes = "";
  #observer = new ResizeObserver(() => this.#settle());

  /** @param {Desk} desk @param {string} id @param {HTMLElement} element */
  constructor(desk, id, element) {
    this.#desk = desk;
    this.#id = id;
    this.#element = element;
    element.addEventListener("scroll", () => this.#scrolled());
    element.addEventListener("talk-end", () => this.#toEnd());
    this.#observer.observe(element);
    this.#observer.observe(/** @type {Element} */ (element.firstElementChild));
    this.#begin();
    // On a phone the list is gone, and the focus with it.
    if (!document.activeElement?.checkVisibility()) element.focus({ preventScroll: true });
  }

  /** At the first unread message if that is further up than a window, else at the end. */
  #begin() {
    const unread = /** @type {HTMLElement | null} */ (this.#element.querySelector(".talk-unread"));
    this.#element.scrollTop = this.#element.scrollHeight;
    const isHidden = unread && unread.offsetTop - CONTEXT_PX < this.#element.scrollTop;
    if (isHidden) this.#element.scrollTop = unread.offsetTop - CONTEXT_PX;
    this.#remember();
  }

  #toEnd() {
    this.#isAtEnd = true;
    this.#settle();
  }

  #scrolled() {
    if (this.#sizes === sizesOf(this.#element)) return this.#remember();
    // Something grew, and the observer has not been told yet: only what somebody moved since counts.
    const movedPx = this.#element.scrollTop - this.#topPx;
    if (this.#anchor) this.#anchor.topPx -= movedPx;
    this.#isAtEnd &&= movedPx >= 0;
    this.#settle();
  }

  /** Something grew or shrank, or the window did. */
  #settle() {
    const { isConnected, clientHeight, scrollHeight } = this.#element;
    if (!isConnected) return this.#observer.disconnect();
    if (!clientHeight) return;
    if (this.#isAtEnd) this.#element.scrollTop = scrollHeight;
    else if (this.#anchor?.words.isConnected) this.#element.scrollTop += this.#topOf(this.#anchor.words) - this.#anchor.topPx;
    this.#remember();
  }

  #remember() {
    const { scrollTop, scrollHeight, clientHeight } = this.#element;
    if (!clientHeight) return;
    this.#topPx = scrollTop;
    this.#sizes = sizesOf(this.#element);
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    const item = this.#items().find(({ offsetTop, offsetHeight }) => offsetTop + offsetHeight > scrollTop);
    // The words themselves: the name above them goes when they are not the first of their author any more.
    const words = /** @type {HTMLElement | undefined} */ (item?.querySelector(".talk-bubble") ?? item);
    this.#anchor = words ? { words, topPx: this.#topOf(words) } : null;
    const talk = this.#desk.state.talks[this.#id];
    if (scrollTop < OLDER_PX && talk?.hasOlder) this.#desk.acts.older(this.#id);
    this.look();
  }

  /** Tells how far it is in view. */
  look() {
    if (!this.#element.isConnected || !this.#element.clientHeight) return;
    const bottomPx = this.#element.scrollTop + this.#element.clientHeight + NEAR_PX / 2;
    const last = this.#items().findLast((item) => item.offsetTop + item.offsetHeight <= bottomPx);
    if (!last || isCovered(this.#element)) return;
    const seq = Number(last.dataset.seq);
    const { viewed, isAtEnd } = this.#desk.state.talks[this.#id] || {};
    if (seq > (viewed || 0) || isAtEnd !== this.#isAtEnd) this.#desk.dispatch({ type: "talk/viewed", conversation: this.#id, seq, isAtEnd: this.#isAtEnd });
    this.#desk.acts.seen(this.#id, seq);
  }

  /** To a fraction of a pixel. @param {HTMLElement} words */
  #topOf(words) {
    return words.getBoundingClientRect().top - this.#element.getBoundingClientRect().top;
  }

  /** The messages, which stay the same elements. */
  #items() {
    return /** @type {HTMLElement[]} */ ([...this.#element.querySelectorAll(".talk-messages > [data-seq]")]);
  }
}

/** @param {HTMLElement} log */
function sizesOf({ scrollHeight, clientHeight }) {
  return `${scrollHeight} ${clientHeight}`;
}

/** A panel or a dialog may lie over it. @param {HTMLElement} log */
function isCovered(log) {
  const { left, top, height } = log.getBoundingClientRect();
  return !log.contains(document.elementFromPoint(left + EDGE_PX, top + height / 2));
}
