// The loader that a web site includes: <script async src="https://chat.example.com/widget.js" data-key="…"></script>
// It adds a button and a frame of doorbell's own origin, in a closed shadow root: neither the site's styles nor its scripts reach the
// chat. Pages replace what browsers give them, so it leans on little, and on no method of arrays; words and colours come from the
// frame. docs/widget.md tells the rest.
(() => {
  /** @typedef {any} Any what pages and frames say: nothing here trusts it */
  const script = /** @type {HTMLScriptElement} */ (document.currentScript || document.querySelector("script[data-key]"));
  const page = /** @type {Any} */ (window);
  /** What the page says of itself; the frame takes of it what it knows. */
  let settings = { lang: document.documentElement.lang, .../** @type {Any} */ (script?.dataset) };
  const warn = (/** @type {string} */ text) => console.warn(`doorbell: ${text}`);
  const stub = page.doorbell || {};
  if (!settings.key) return warn("its script needs data-key");
  if (stub.isLoaded) return stub.isLoaded++ > 1 || warn("it is on this page already, and is not loaded twice");

  const home = new URL(script.src).origin;
  const root = document.createElement("doorbell-widget");
  const listeners = Object.create(null);
  /** What was to be sent before the frame could hear it. @type {object[]} */
  const early = [];
  const sheet = new CSSStyleSheet();
  /** What stands on the page. @type {Any} */
  const parts = {};
  /** To the frame, and what it said last. @type {Any} */
  let port;
  /** @type {Any} */
  let look;
  let place = "";
  let isOpen = false;
  const prefix = `doorbell/${settings.key}/`;
  /** Who goes on to the next page goes on talking; not on a phone, where the chat would cover the page. */
  let shallOpen = innerWidth > 480 && (script.hasAttribute("data-open") || kept("sessionStorage")[`${prefix}open`]);

  /** @returns {Any} */
  const make = (/** @type {Node} */ parent, /** @type {string} */ tag, isDrawn = false) =>
    parent.appendChild(isDrawn ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag));

  /** Where a page took this away, the chat notices less. */
  function on(/** @type {Any} */ target, /** @type {string} */ type, /** @type {(event: Any) => void} */ listener) {
    try {
      target.addEventListener(type, listener);
    } catch {
      // It is none of ours.
    }
  }

  /** What is kept in this page for the chat: where a browser gives frames of others no store, it is kept here. */
  function kept(/** @type {string} */ store) {
    /** @type {Any} */
    const found = {};
    try {
      for (const name in page[store]) if (name.startsWith(prefix)) found[name] = page[store][name];
    } catch {
      // Nothing is.
    }
    return found;
  }

  function keep(/** @type {string} */ store, /** @type {string} */ name, /** @type {string} */ value) {
    try {
      if (value) page[store].setItem(name, value);
      else page[store].removeItem(name);
    } catch {
      // Nor will it be.
    }
  }

  function build() {
    root.style.cssText = "all: initial !important; display: contents !important";
    const shadow = root.attachShadow({ mode: "closed" });
    // Nothing is seen before the frame has answered: a button that opens nothing is worse than none.
    sheet.replaceSync("* { position: fixed; visibility: hidden }");
    shadow.adoptedStyleSheets = [sheet];
    parts.button = make(shadow, "button");
    parts.button.onclick = () => toggle(!isOpen, true);
    parts.button.onkeydown = (/** @type {KeyboardEvent} */ { key }) => {
      if (key === "Escape") toggle(false);
    };
    const svg = make(parts.button, "svg", true);
    svg.setAttribute("viewBox", "0 0 24 24");
    parts.icon = make(svg, "path", true);
    make(parts.button, "i");
    parts.badge = make(parts.button, "b");
    parts.news = make(shadow, "p");
    parts.news.setAttribute("role", "status");
    parts.frame = make(shadow, "iframe");
    parts.frame.allow = "autoplay";
    parts.frame.onload = connect;
    parts.frame.src = `${home}/widget/${encodeURIComponent(settings.key)}#${encodeURIComponent(location.origin)}`;
    document.documentElement.appendChild(root);
    on(page.navigation, "currententrychange", soon);
    on(page, "popstate", soon);
    on(page, "hashchange", soon);
    on(page, "storage", (/** @type {StorageEvent} */ { key, newValue }) => {
      if (port && key?.startsWith(prefix)) tell({ type: "kept", name: key, value: newValue });
    });
    on(page.visualViewport, "resize", fit);
    on(page.visualViewport, "scroll", fit);
  }

  /** What a phone's keyboard leaves. */
  function fit() {
    const { height, scale, offsetTop } = page.visualViewport;
    parts.frame.style.setProperty("--height", `${height * scale}px`);
    parts.frame.style.setProperty("--top", `${scale > 1 ? 0 : offsetTop}px`);
  }

  /** The frame is there, or an error page, which does not answer. */
  function connect() {
    const { port1, port2 } = new MessageChannel();
    port = port1;
    port.onmessage = hear;
    parts.frame.contentWindow.postMessage({ doorbell: settings, kept: kept("localStorage") }, home, [port2]);
    for (let at = 0; at < early.length; at++) tell(early[at]);
    early.length = 0;
    place = "";
    follow();
    setTimeout(() => {
      if (!look) warn(`no answer from ${home}: is "${settings.key}" its key, ${location.origin} an allowed origin, and ${home} in this page's frame-src?`);
    }, 5e3);
  }

  function tell(/** @type {object} */ message) {
    if (port) port.postMessage(message);
    else early[early.length] = message;
  }

  /** Where the visitor is. */
  function follow() {
    const { title } = document;
    const url = location.href;
    if (!port || place === url + title) return;
    place = url + title;
    tell({ type: "page", url, title });
  }

  /** The title comes behind the address. */
  function soon() {
    setTimeout(follow, 300);
  }

  function hear(/** @type {MessageEvent} */ { data }) {
    follow();
    if (data.type === "look") show(data);
    else if (data.type === "message") emit("message", data.message);
    else if (data.type === "close") toggle(false);
    else if (data.type === "keep") keep("localStorage", data.name, data.value);
    else {
      warn(data.reason);
      root.remove();
    }
  }

  function show(/** @type {Any} */ next) {
    const { css, label, status, unread } = next;
    const before = look || {};
    look = next;
    if (css !== before.css) sheet.replaceSync(css);
    parts.button.title = label;
    parts.button.setAttribute("aria-label", label);
    parts.frame.title = next.title;
    parts.badge.textContent = unread > 9 ? "9+" : unread || "";
    parts.news.textContent = unread ? label : "";
    draw();
    if (!before.css) {
      emit("ready", null);
      if (shallOpen) toggle(true);
    }
    if (before.status !== status) emit("status", status);
    if (before.unread !== unread) emit("unread", unread);
  }

  function draw() {
    parts.button.className = `${look.status} ${isOpen && "open"}`;
    parts.button.setAttribute("aria-expanded", isOpen);
    parts.frame.className = isOpen && "open";
    parts.icon.setAttribute("d", isOpen ? "M6 9.5l6 6 6-6" : "M4 5h16v11.5h-9L6.5 20v-3.5H4z");
  }

  function toggle(/** @type {boolean} */ isWanted, isAsked = false) {
    shallOpen = isWanted;
    if (!look || isWanted === isOpen) return;
    const hadFocus = document.activeElement === root;
    isOpen = isWanted;
    keep("sessionStorage", `${prefix}open`, isOpen ? "yes" : "");
    draw();
    const focus = isOpen && isAsked;
    if (focus) parts.frame.focus();
    if (!isOpen && hadFocus) parts.button.focus();
    tell({ type: "open", isOpen, focus });
    emit(isOpen ? "open" : "close", null);
  }

  function emit(/** @type {string} */ name, /** @type {Any} */ value) {
    const list = listeners[name];
    for (let at = 0; at < list?.length; at++) call(list[at], value);
  }

  function call(/** @type {Any} */ listener, /** @type {Any} */ value) {
    try {
      listener(value);
    } catch (error) {
      reportError(error);
    }
  }

  /** How things are is told at once. */
  function listen(/** @type {string} */ name, /** @type {Any} */ added, /** @type {Any} */ removed) {
    const before = listeners[name];
    /** @type {Any[]} */
    const list = (listeners[name] = []);
    for (let at = 0; at < before?.length; at++) if (before[at] !== removed) list[list.length] = before[at];
    if (!added) return;
    list[list.length] = added;
    if (look && (name === "ready" || name in look)) call(added, look[name]);
  }

  /** Somebody pressed something of the page's that opens the chat; who types goes on where they are. */
  const isPressed = () => navigator.userActivation?.isActive && !document.activeElement?.matches("input, select, textarea, [contenteditable]");

  function doorbell(/** @type {string} */ command, /** @type {Any} */ value, /** @type {Any} */ listener) {
    if (command === "open" || command === "close") toggle(command === "open", isPressed());
    else if (command === "send") tell({ type: "send", text: `${value}` });
    else if (command === "identify") set({ identity: value });
    else if (command === "group" || command === "language") set({ [command]: value });
    else if (command === "on") listen(value, listener, null);
    else if (command === "off") listen(value, null, listener);
    else warn(`there is no command "${command}"`);
  }

  function set(/** @type {object} */ changed) {
    settings = { ...settings, ...changed };
    if (port) tell({ type: "settings", settings });
  }

  doorbell.isLoaded = 1;
  page.doorbell = doorbell;
  for (let at = 0; at < stub.q?.length; at++) doorbell.apply(null, stub.q[at]);

  /** When the page is done, and rests. */
  (function wait(turns) {
    if (document.readyState !== "complete" && turns < 50) setTimeout(wait, 200, turns + 1);
    else (page.requestIdleCallback || setTimeout)(build, { timeout: 2e3 });
  })(0);
})();
