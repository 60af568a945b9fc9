// The demo: somebody who has never seen it goes through its stories, and sees in the mailbox and in the explanation how they end.
import assert from "node:assert/strict";
import { assertAccessible } from "./world/accessible.mjs";
import { journey } from "./world/journey.mjs";
import { Visitor } from "./world/people.mjs";
import { assertHarmless, assertShows, PAYLOADS } from "./world/payloads.mjs";
import { Tour } from "./world/tour.mjs";

journey("nobody home: after the delay everybody has one letter, and it stands why", async (world) => {
  const tour = await Tour.open(world, { delayS: 3 });
  await tour.page.getByText("2 minutes take 10 seconds here").waitFor();
  await tour.isThere();
  await assertAccessible(tour.page, "the tour before a story");
  await tour.begin("Nobody home");
  // By hand, in the very widget.
  await tour.chat.button.click();
  await tour.chat.status.filter({ hasText: "We are away" }).waitFor();
  await tour.chat.field.fill("Is anybody there?");
  await tour.chat.field.press("Enter");
  await tour.isDone("The visitor writes");
  await tour.isOver();
  assert.deepEqual(await tour.mailed(), ["Jana", "Petr", "Tomáš"]);
  for (const name of ["Jana", "Petr", "Tomáš"]) await tour.says(name, /email to .* was queued.*rule N3/);
  // The chat is asked by journeys of its own: no rule finds its way through an opened shadow into a frame.
  await tour.chat.field.press("Escape");
  await assertAccessible(tour.page, "the tour behind a story");

  const mailbox = tour.player("mailbox");
  await mailbox.getByRole("button", { name: /Petr/ }).click();
  await mailbox.frameLocator(".content iframe").getByText("Is anybody there?").last().waitFor();
  await mailbox.getByRole("button", { name: "Text", exact: true }).click();
  await mailbox.locator("pre", { hasText: "Is anybody there?" }).waitFor();
  await mailbox.getByRole("button", { name: "Headers" }).click();
  await mailbox.getByText("List-Unsubscribe", { exact: true }).waitFor();
  await mailbox.getByRole("button", { name: "Why?" }).click();
  assert.equal(await mailbox.locator(".why-list .mailed").count(), 3);
  await assertAccessible(tour.page, "a letter and why");
});

journey("the next story begins on a clean stage, and starting over cleans it too", async (world) => {
  const tour = await Tour.open(world, { delayS: 1 });
  await tour.begin("Nobody home");
  await tour.letDo("The visitor writes");
  await tour.isOver();
  await tour.page.getByRole("button", { name: "Next: Back in time" }).click();
  await tour.isDone("Everybody is away");
  await tour.player("mailbox").locator(".earlier li").nth(2).waitFor({ state: "attached" });
  assert.equal(await tour.player("mailbox").locator(".letters ul:not(.earlier) li").count(), 0);
  await tour.player("first").getByText("Nobody is waiting").waitFor();
  await tour.says("Petr", /Nothing to decide/);

  await tour.player("phone").getByRole("button", { name: "Open the doorbell app" }).click();
  await tour.page.locator(".person", { hasText: "Tomáš" }).getByText("Online on iPhone").waitFor();
  await tour.page.getByRole("button", { name: "Start over" }).click();
  await tour.page.locator(".person", { hasText: "Tomáš" }).getByText("Offline").waitFor();
  await tour.page.getByRole("button", { name: "Play it to me" }).waitFor();
});

journey("the visitor leaves: who was online has the letter about what was missed, nobody else", async (world) => {
  const tour = await Tour.open(world, { delayS: 1 });
  await tour.begin("The visitor leaves");
  await tour.letDo("The visitor writes");
  await tour.says("Petr", /chat box was online.*Jana/);
  await tour.player("shop").getByRole("button", { name: "Leave the shop" }).click();
  await tour.isDone("The visitor leaves. For three seconds");
  await tour.isOver();
  assert.deepEqual(await tour.mailed(), ["Jana"]);
  await tour.says("Jana", /email to Jana was queued/);
  await tour.says("Petr", /online at no time.*rule D1/);
  await tour.says("Tomáš", /online at no time.*rule D1/);
});

journey("why did Tomáš get none: the phone says it, and so does the line below", async (world) => {
  const tour = await Tour.open(world, { delayS: 1 });
  await tour.begin("Why did Tomáš get none?");
  await tour.letDo("The visitor writes");
  await tour.isDone("Tomáš has none");
  await tour.letDo("Tomáš asks the app");
  await tour.isOver();
  await tour.player("phone").getByText(/Tomáš is not among those who answer/).waitFor();
  await tour.says("Tomáš", /not among those who answer.*rule N9/);
  assert.deepEqual(await tour.mailed(), ["Jana", "Petr"]);
});

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
