// A page with the widget on it, as a web site has it. Behind the # of the address stand the page's language and the key.
const [language, key] = location.hash.slice(1).split("/").map(decodeURIComponent);
document.documentElement.lang = language;
const script = document.createElement("script");
script.async = true;
script.src = "/widget.js";
script.dataset.key = key;
document.head.append(script);
