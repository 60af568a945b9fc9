// The shop's picture.
import { h } from "/shared/view.js";

/** What is for sale, drawn in a few strokes. @type {[string, number, string][]} */
const GOODS = [
  ["teapot", 890, "M50 38h44c6 8 8 18 6 28a14 14 0 0 1-14 10H58a14 14 0 0 1-14-10c-2-10 0-20 6-28zM60 38c0-6 5-10 12-10s12 4 12 10M72 28v-6M100 50c8-1 13-5 16-12M44 44c-10-2-16 4-15 12s8 12 17 12"],
  ["train", 620, "M38 66V44h50l16 10v12zM52 66a7 7 0 1 0 .1 0M92 66a7 7 0 1 0 .1 0M48 44V28h22v16M92 46V34h8"],
  ["ark", 1450, "M28 54h94c-4 14-14 22-28 22H56c-14 0-24-8-28-22zM48 54V38h54v16M44 38l31-16 31 16M66 54V46h18v8"],
  ["top", 180, "M75 18v12M50 34h50c2 12-8 24-25 44-17-20-27-32-25-44zM52 46h46M58 56h34"],
  ["tea", 240, "M52 28h46v50H52zM52 40h46M66 60c0-8 8-12 18-12 0 10-6 16-14 16-2 0-4-1-4-4zM64 70c3-6 8-11 14-15"],
  ["cup", 160, "M48 36h54l-6 36a8 8 0 0 1-8 6H62a8 8 0 0 1-8-6zM62 26c-3-4 3-6 0-10M75 26c-3-4 3-6 0-10M88 26c-3-4 3-6 0-10"],
];

/** @param {import("/shared/words.js").Words} words @param {import("/shared/format.js").Formats} times */
export function page(words, times) {
  return h(
    "div",
    { class: "shop" },
    h("header", { class: "shop-head", "aria-label": words("shop_name") }, h("h1", {}, words("shop_name")), h("p", {}, words("shop_lead"))),
    h(
      "main",
      { class: "goods", "aria-label": words("shop_goods") },
      ...GOODS.map(([name, price, path]) =>
        h(
          "figure",
          { key: name },
          h("svg", { viewBox: "0 0 150 96", "aria-hidden": "true" }, h("path", { d: path })),
          h("figcaption", {}, words(`shop_${name}`), h("span", { class: "small muted" }, words("shop_price", { price: times.count(price) }))),
        ),
      ),
    ),
  );
}
