// A page with the widget on it, as a web site has it: the key stands behind the # of the address.
const script = document.createElement("script");
script.async = true;
script.src = "/widget.js";
script.dataset.key = decodeURIComponent(location.hash.slice(1));
document.head.append(script);
