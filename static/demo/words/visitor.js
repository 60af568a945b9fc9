// What a visitor of the demo can do beside writing.

/** @type {import("/shared/words.js").Dictionary} */
export const en = {
  visitor_title: "The visitor’s browser",
  visitor_shop: "The shop",
  visitor_reload: "Reload the page",
  visitor_forget: "Somebody else",
  visitor_group: "The group that this page belongs to",
  visitor_no_group: "A page for everybody",
  visitor_page_of: "A page of {name}",
  visitor_leave: "Leave the shop",
  visitor_back: "Come back",
  visitor_left_title: "You have left the shop",
  visitor_left_about: "For three seconds the server thinks that it may be a reload. Then you are gone.",
};

/** @type {import("/shared/words.js").Dictionary} */
export const cs = {
  visitor_title: "Prohlížeč návštěvníka",
  visitor_shop: "Obchod",
  visitor_reload: "Načíst stránku znovu",
  visitor_forget: "Někdo jiný",
  visitor_group: "Skupina, které tato stránka patří",
  visitor_no_group: "Stránka pro všechny",
  visitor_page_of: "Stránka skupiny {name}",
  visitor_leave: "Odejít z obchodu",
  visitor_back: "Vrátit se",
  visitor_left_title: "Odešli jste z obchodu",
  visitor_left_about: "Tři sekundy si server myslí, že jde možná jen o načtení stránky. Pak jste pryč.",
};
