// The loader that a web site includes: <script async src="https://chat.example.com/widget.js" data-key="…"></script>
// It adds a button and a frame of doorbell's own origin, in a closed shadow root: neither the site's styles nor its scripts reach the
// chat. Pages replace what browsers give them, so it leans on little, and on no method of arrays; words and colours come from the
// frame. docs/widget.md tells the rest.
(() => {
  /** @typedef {any} Any what pages and frames say: nothing here trusts it */
  /** @type {Any} */
  const script = document.currentScript || document.querySelector("script[data-key]");
  /** @type {Any} */
  const page = window;
  /** What the page says of itself; the frame takes of it what it knows. */
  let settings = { lang: document.documentElement.lang, ...script?.dataset };
  /** @param {string} text */
  const warn = (text) => console.warn(`doorbell: ${text}`);
  const stub = page.doorbell || {};
  if (!settings.key) return warn("its script needs data-key");
  if (stub.isLoaded) return stub.isLoaded++ > 1 || warn("it is on this page already, and is not loaded twice");

  const home = new URL(script.src).origin;
  const root = make("doorbell-widget");
  const button = make("button");
  const badge = make("b");
  const icon = draw("path");
  const news = make("p");
  /** @type {Any} */
  const frame = make("iframe");
  const listeners = Object.create(null);
  /** What was to be sent before the frame could hear it. @type {object[]} */
  const early = [];
  const sheet = new CSSStyleSheet();
  /** To the frame, and what it said last. @type {Any} */
  let port;
  /** @type {Any} */
  let look;
  let place = "";
  let isOpen = false;
  const prefix = `doorbell/${settings.key}/`;
  /** Who goes on to the next page goes on talking; not on a phone, where the chat would cover the page. */
  let shallOpen = innerWidth > 480 && (script.hasAttribute("data-open") || kept("sessionStorage")[`${prefix}open`]);

  /** @param {string} tag */
  function make(tag) {
    return document.createElement(tag);
  }

  /** @param {string} tag */
  function draw(tag) {
    return document.createElementNS("http://www.w3.org/2000/svg", tag);
  }

  /** Where a page took this away, the chat notices less. @param {Any} target @param {string} type @param {(event: Any) => void} listener */
  function on(target, type, listener) {
    try {
      target.addEventListener(type, listener);
    } catch {
      // It is none of ours.
    }
  }

  /** What is kept in this page for the chat: where a browser gives frames of others no store, it is kept here. @param {string} store */
  function kept(store) {
    /** @type {Any} */
    const found = {};
    try {
      for (const name in page[store]) if (name.startsWith(prefix)) found[name] = page[store][name];
    } catch {
      // Nothing is.
    }
    return found;
  }

  /** @param {string} store @param {string} name @param {string} value */
  function keep(store, name, value) {
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
    const svg = draw("svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.appendChild(icon);
    button.append(svg, make("i"), badge);
    button.onclick = () => toggle(!isOpen, true);
    button.onkeydown = ({ key }) => {
      if (key === "Escape") toggle(false);
    };
    news.setAttribute("role", "status");
    frame.allow = "autoplay";
    frame.onload = connect;
    frame.src = `${home}/widget/${encodeURIComponent(settings.key)}#${encodeURIComponent(location.origin)}`;
    shadow.append(button, news, frame);
    document.documentElement.appendChild(root);
    on(page.navigation, "currententrychange", soon);
    on(page, "popstate", soon);
    on(page, "hashchange", soon);
    on(page, "storage", ({ key, newValue }) => {
      if (port && key?.startsWith(prefix)) tell({ type: "kept", name: key, value: newValue });
    });
    on(page.visualViewport, "resize", fit);
    on(page.visualViewport, "scroll", fit);
  }

  /** What a phone's keyboard leaves. */
  function fit() {
    const { height, scale, offsetTop } = page.visualViewport;
    frame.style.setProperty("--height", `${height * scale}px`);
    frame.style.setProperty("--top", `${scale > 1 ? 0 : offsetTop}px`);
  }

  /** The frame is there, or an error page, which does not answer. */
  function connect() {
    const { port1, port2 } = new MessageChannel();
    port = port1;
    port.onmessage = hear;
    frame.contentWindow.postMessage({ doorbell: settings, kept: kept("localStorage") }, home, [port2]);
    for (let at = 0; at < early.length; at++) tell(early[at]);
    early.length = 0;
    place = "";
    follow();
    setTimeout(() => {
      if (!look) warn(`no answer from ${home}: is "${settings.key}" its key, ${location.origin} an allowed origin, and ${home} in this page's frame-src?`);
    }, 3e3);
  }

  /** @param {object} message */
  function tell(message) {
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

  /** @param {MessageEvent} event */
  function hear({ data }) {
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

  /** @param {Any} next */
  function show(next) {
    const { css, label, status, unread } = next;
    const before = look || {};
    look = next;
    if (css !== before.css) sheet.replaceSync(css);
    button.title = label;
    button.setAttribute("aria-label", label);
    frame.title = next.title;
    badge.textContent = unread > 9 ? "9+" : unread || "";
    news.textContent = unread ? label : "";
    redraw();
    if (!before.css) {
      emit("ready", null);
      if (shallOpen) toggle(true);
    }
    if (before.status !== status) emit("status", status);
    if (before.unread !== unread) emit("unread", unread);
  }

  function redraw() {
    frame.className = isOpen ? "open" : "";
    button.className = `${look.status} ${frame.className}`;
    button.setAttribute("aria-expanded", `${isOpen}`);
    icon.setAttribute("d", isOpen ? "M6 9.5l6 6 6-6" : "M4 5h16v11.5h-9L6.5 20v-3.5H4z");
  }

  /** @param {boolean} isWanted */
  function toggle(isWanted, isAsked = false) {
    shallOpen = isWanted;
    if (!look || isWanted === isOpen) return;
    const hadFocus = document.activeElement === root;
    isOpen = isWanted;
    keep("sessionStorage", `${prefix}open`, isOpen ? "yes" : "");
    redraw();
    const focus = isOpen && isAsked;
    if (focus) frame.focus();
    if (!isOpen && hadFocus) button.focus();
    tell({ type: "open", isOpen, focus });
    emit(isOpen ? "open" : "close", null);
  }

  /** @param {string} name @param {Any} value */
  function emit(name, value) {
    const list = listeners[name];
    for (let at = 0; at < list?.length; at++) call(list[at], value);
  }

  /** @param {Any} listener @param {Any} value */
  function call(listener, value) {
    try {
      listener(value);
    } catch (error) {
      reportError(error);
    }
  }

  /** How things are is told at once. @param {string} name @param {Any} added @param {Any} removed */
  function listen(name, added, removed) {
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

  /** @param {string} command @param {Any} value @param {Any} listener */
  function doorbell(command, value, listener) {
    if (command === "open" || command === "close") toggle(command === "open", isPressed());
    else if (command === "send") tell({ type: "send", text: `${value}` });
    else if (command === "identify") set({ identity: value });
    else if (command === "group" || command === "language") set({ [command]: value });
    else if (command === "on") listen(value, listener, null);
    else if (command === "off") listen(value, null, listener);
    else warn(`there is no command "${command}"`);
  }

  /** @param {object} changed */
  function set(changed) {
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
