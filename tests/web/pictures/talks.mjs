// What visitors of the shop write on a day, the oldest first. The last one is the conversation that pictures look at.

/**
 * @typedef {"jana" | "petr" | "tomas" | "lucie"} Who
 * @typedef {object} Talk
 * @property {string} [name] what the visitor calls themselves
 * @property {string} [email]
 * @property {"sales" | "service"} [group] of the page; the sales without it
 * @property {[string, string]} page its path and title
 * @property {string[]} lines
 * @property {[Who, string]} [by] who has joined, with what they answer
 * @property {boolean} [ends] it is closed
 * @property {boolean} [isGone] the visitor has left
 * @property {number} age_min how old it looks, in minutes
 */

/** @type {Record<"en" | "cs", Talk[]>} */
export const TALKS = {
  en: [
    { name: "Martin Cole", page: ["/orders", "Your orders"], lines: ["Where can I find my invoice?"], by: ["petr", "In your account, below Orders. I have sent it to you as well."], ends: true, isGone: true, age_min: 1_560 },
    { name: "Amelia Ross", email: "amelia@ross.test", page: ["/tea/darjeeling", "Darjeeling, first flush"], lines: ["Is the Darjeeling from this year?"], by: ["jana", "Yes, picked in April."], ends: true, isGone: true, age_min: 1_330 },
    { name: "Oliver Grant", email: "oliver.grant@mail.test", group: "service", page: ["/returns", "Returns"], lines: ["The lid of my teapot arrived broken."], by: ["lucie", "I am sorry! A new one leaves today."], isGone: true, age_min: 315 },
    { name: "Hannah Weiss", email: "hannah@weiss.test", page: ["/toys/ark", "Noah’s ark"], lines: ["Do the animals fit into the ark?"], by: ["petr", "All but the giraffes, whose heads look out."], age_min: 204 },
    { name: "Sofia Marin", page: ["/toys/spinning-top", "Spinning top"], lines: ["From what age is the spinning top?"], by: ["jana", "From three years. Smaller ones like to watch it, too."], age_min: 127 },
    { page: ["/delivery", "Delivery"], lines: ["Do you ship to Norway, and how long does it take?"], isGone: true, age_min: 96 },
    { name: "Noah Berg", email: "noah@berg.test", page: ["/tea", "Tea"], lines: ["Which tea goes with a lemon cake?"], by: ["jana", "I would take the Assam."], age_min: 64 },
    { name: "Grace Park", email: "grace@park.test", page: ["/teapots/blue", "Blue teapot"], lines: ["Can the blue teapot go into the dishwasher?"], isGone: true, age_min: 41 },
    { page: ["/basket", "Your basket"], lines: ["My voucher code does not work", "It says SPRING, all in capitals"], age_min: 26 },
    { name: "Chloe Martin", email: "chloe@martin.test", page: ["/gifts", "Gifts"], lines: ["Could you wrap two cups as a gift?"], age_min: 12 },
    { name: "Liam Novak", page: ["/teapots/iron", "Iron teapot"], lines: ["How much tea does the iron pot hold?"], age_min: 4 },
    { name: "Eva Hill", email: "eva.hill@mail.test", page: ["/toys/walnut-train", "Walnut train set"], lines: ["Hello! Is the walnut train set in stock?"], age_min: 0 },
  ],
  cs: [
    { name: "Martin Kolář", page: ["/objednavky", "Vaše objednávky"], lines: ["Kde najdu fakturu?"], by: ["petr", "Ve svém účtu pod Objednávkami. Poslal jsem vám ji i e-mailem."], ends: true, isGone: true, age_min: 1_560 },
    { name: "Alena Růžičková", email: "alena@ruzickova.test", page: ["/caje/darjeeling", "Darjeeling, první sklizeň"], lines: ["Je ten Darjeeling z letošní sklizně?"], by: ["jana", "Ano, sbíral se v dubnu."], ends: true, isGone: true, age_min: 1_330 },
    { name: "Oldřich Hrubý", email: "oldrich@hruby.test", group: "service", page: ["/reklamace", "Reklamace"], lines: ["Konvice přišla s rozbitou pokličkou."], by: ["lucie", "To mě mrzí! Nová odejde ještě dnes."], isGone: true, age_min: 315 },
    { name: "Hana Bílá", email: "hana@bila.test", page: ["/hracky/archa", "Noemova archa"], lines: ["Vejdou se zvířátka dovnitř?"], by: ["petr", "Všechna kromě žiraf, těm koukají hlavy ven."], age_min: 204 },
    { name: "Zdeňka Malá", page: ["/hracky/kaca", "Káča"], lines: ["Od kolika let je ta káča?"], by: ["jana", "Od tří. Menší se na ni rádi dívají."], age_min: 127 },
    { page: ["/doprava", "Doprava"], lines: ["Posíláte i na Slovensko? A za jak dlouho to dojde?"], isGone: true, age_min: 96 },
    { name: "Jakub Horský", email: "jakub@horsky.test", page: ["/caje", "Čaje"], lines: ["Jaký čaj se hodí k citronovému koláči?"], by: ["jana", "Já bych vzala Assam."], age_min: 64 },
    { name: "Gita Parková", email: "gita@parkova.test", page: ["/konvice/modra", "Modrá konvice"], lines: ["Může modrá konvice do myčky?"], isGone: true, age_min: 41 },
    { page: ["/kosik", "Váš košík"], lines: ["Nefunguje mi slevový kód", "Píšu JARO, velkými písmeny"], age_min: 26 },
    { name: "Klára Martínková", email: "klara@martinkova.test", page: ["/darky", "Dárky"], lines: ["Zabalíte mi dva šálky jako dárek?"], age_min: 12 },
    { name: "Libor Novák", page: ["/konvice/litinova", "Litinová konvice"], lines: ["Kolik čaje se vejde do litinové konvice?"], age_min: 4 },
    { name: "Eva Horáková", email: "eva.horakova@mail.test", page: ["/hracky/vlacek", "Vláček z ořechu"], lines: ["Dobrý den, máte skladem vláček z ořechu?"], age_min: 0 },
  ],
};

/** What Tomáš answers Eva when the email has brought him. */
export const TOMAS_ANSWERS = {
  en: "Not today, but a new batch comes on Thursday.",
  cs: "Dnes ne, ale ve čtvrtek přijdou nové.",
};

/** What Eva writes while pictures are taken: the email about it is the one that is on its way. */
export const EVA_ASKS = {
  en: "Lovely! Could you keep one for me? It is a present for Friday.",
  cs: "Výborně! Můžete mi jeden nechat stranou? Je to dárek na pátek.",
};

/** What a visitor and Jana write to each other in the widget, and another one when she has gone. */
export const CHAT = {
  question: "Hello, does the blue teapot come with a strainer?",
  answer: "It does: a steel one that hangs in the lid.",
  thanks: "Wonderful, then I take two.",
  late: "Good evening! Do you wrap presents, too?",
};

/** Who writes what, in the letters that the mailbox shows. */
export const LETTER = {
  from: { name: "Eva Hill", email: "eva.hill@mail.test" },
  lines: ["Hello! Is the blue teapot still to be had?", "I would like two of them, as a present for Friday."],
};
