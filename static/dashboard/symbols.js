// The symbols of the icons, in the page itself. A browser asks for another file's anew with every icon that is new, and without a
// connection it draws none: a cross that closes something would be an empty button.
import { symbols } from "/shared/view.js";

/** Brings them, once; until they are there icons are taken out of the file. */
export function bringSymbols() {
  const request = new XMLHttpRequest();
  request.open("GET", "/shared/icons.svg");
  request.responseType = "document";
  request.onload = () => {
    const sheet = request.responseXML?.documentElement;
    if (request.status !== 200 || sheet?.localName !== "svg") return;
    for (const symbol of sheet.children) symbol.id = `icon-${symbol.id}`;
    sheet.setAttribute("class", "visually-hidden");
    sheet.setAttribute("aria-hidden", "true");
    document.body.append(sheet);
    symbols.at = "#icon-";
  };
  request.send();
}
