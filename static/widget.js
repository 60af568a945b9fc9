// The loader that a web site includes: <script src="https://chat.example.com/widget.js" data-key="…" data-group="…"></script>
// It adds one button and, once it is pressed, one frame of doorbell's own origin: the site's page and the chat share nothing.
(() => {
  const script = document.currentScript;
  const key = script?.dataset.key;
  if (!key) {
    console.warn("doorbell: the widget's script needs data-key");
    return;
  }
  const address = new URL(`widget/${encodeURIComponent(key)}`, script.src);
  if (script.dataset.group) address.searchParams.set("group", script.dataset.group);

  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  button.textContent = script.dataset.label || "Chat";
  Object.assign(button.style, {
    position: "fixed", right: "16px", bottom: "16px", zIndex: "2147483000", minWidth: "56px", height: "56px", padding: "0 16px",
    border: "0", borderRadius: "28px", background: "#2c57d0", color: "#ffffff", font: "600 15px system-ui, sans-serif", cursor: "pointer",
  });

  let frame = null;
  button.addEventListener("click", () => {
    if (!frame) {
      frame = document.createElement("iframe");
      frame.title = "Chat";
      frame.src = address.href;
      frame.hidden = true;
      Object.assign(frame.style, {
        position: "fixed", right: "16px", bottom: "88px", zIndex: "2147483000", width: "min(360px, calc(100vw - 32px))",
        height: "min(520px, calc(100vh - 104px))", border: "1px solid #d9dee6", borderRadius: "8px", background: "#ffffff",
      });
      document.body.append(frame);
    }
    // Hidden, not removed: closing loses nothing.
    frame.hidden = !frame.hidden;
    frame.style.display = frame.hidden ? "none" : "block";
    button.setAttribute("aria-expanded", String(!frame.hidden));
  });
  document.body.append(button);
})();
