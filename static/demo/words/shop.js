// What the shop says.

/** @type {import("/shared/words.js").Dictionary} */
export const en = {
  shop_name: "Toys and Tea",
  shop_lead: "Wooden toys, loose tea, and time.",
  shop_goods: "For sale",
  shop_teapot: "Stoneware teapot",
  shop_train: "Little engine",
  shop_ark: "Wooden ark",
  shop_top: "Spinning top",
  shop_tea: "Darjeeling",
  shop_cup: "Tea bowl",
  shop_price: "CZK {price}",
};

/** @type {import("/shared/words.js").Dictionary} */
export const cs = {
  shop_name: "Hračky a čaj",
  shop_lead: "Dřevěné hračky, sypaný čaj a čas.",
  shop_goods: "V nabídce",
  shop_teapot: "Kameninová konvice",
  shop_train: "Mašinka",
  shop_ark: "Dřevěná archa",
  shop_top: "Káča",
  shop_tea: "Darjeeling",
  shop_cup: "Čajová miska",
  shop_price: "{price} Kč",
};
