// The demo's players: in windows of their own, on a phone, and with visitors who mean harm.
import { assertAccessible } from "./world/accessible.mjs";
import { journey } from "./world/journey.mjs";
import { Visitor } from "./world/people.mjs";
import { assertHarmless, assertShows, PAYLOADS } from "./world/payloads.mjs";
import { Tour } from "./world/tour.mjs";

journey("a player goes to a window of its own, plays on there, and comes back", async (world) => {
  const tour = await Tour.open(world, { delayS: 1, dark: true });
  await tour.player("first").getByText("Nobody is waiting").waitFor();
  const [desk] = await Promise.all([tour.page.waitForEvent("popup"), tour.page.getByRole("button", { name: "Desk of Jana: Open in a window of its own" }).click()]);
  await tour.page.getByText("It is in a window of its own.").waitFor();
  await tour.begin("The visitor leaves");
  await tour.letDo("The visitor writes");
  await desk.getByText("Can I pick it up today?").first().waitFor();
  const closed = desk.waitForEvent("close");
  await tour.page.getByRole("button", { name: "Bring it back" }).click();
  await closed;
  await tour.player("first").getByText("Can I pick it up today?").first().waitFor();
});

journey("on a phone and in Czech it is the same story, one thing at a time", async (world) => {
  const tour = await Tour.open(world, { delayS: 1, phone: true, lang: "cs" });
  await tour.begin("Nikdo doma");
  await tour.letDo("Návštěvník napíše");
  await tour.isOver();
  await tour.says("Petr", /E-mail byl zařazen k odeslání/);
  await assertAccessible(tour.page, "the story on a phone");
  await tour.page.getByRole("tab", { name: "Schránka" }).click();
  const mailbox = tour.player("mailbox");
  await mailbox.getByRole("button", { name: /Tomáš/ }).click();
  await mailbox.frameLocator(".content iframe").getByText("Je tu někdo?").last().waitFor();
  // No rule can be asked of a letter as HTML: nothing runs in its frame.
  await mailbox.getByRole("button", { name: "Text", exact: true }).click();
  await assertAccessible(tour.page, "a letter on a phone");
});

journey("what a visitor types is text on the phone, in the mailbox and in the tour", async (world) => {
  const tour = await Tour.open(world, { delayS: 1 });
  const { widget_key: key } = await (await fetch(`${tour.demo.url}/demo/world.json`)).json();
  const texts = PAYLOADS.filter((text) => text.includes("<"));
  await tour.begin("Nobody home");
  const visitor = await Visitor.come(/** @type {any} */ ({ house: tour.demo, key }), { page: { url: "javascript:globalThis.doorbellCanary=1", title: texts[0] } });
  visitor.identify({ name: texts[2].slice(0, 60) });
  for (const text of texts) await visitor.say(text);
  await tour.isOver();
  const phone = tour.player("phone");
  await tour.page.getByRole("tab", { name: "Phone of Tomáš" }).click();
  await phone.getByRole("button", { name: "Open the doorbell app" }).click();
  await phone.locator(".talks button").first().click();
  for (const text of texts) await assertShows(phone.locator(".messages li"), text);
  await assertHarmless(tour.page);
  await tour.page.getByRole("tab", { name: "Mailbox" }).click();
  await tour.player("mailbox").locator(".letters button").first().click();
  await tour.player("mailbox").getByRole("button", { name: "Text", exact: true }).click();
  await assertShows(tour.player("mailbox").locator("pre"), texts[0]);
  await assertHarmless(tour.page);
});
