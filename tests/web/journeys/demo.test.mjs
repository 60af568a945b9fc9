// The demo: somebody who has never seen it goes through its stories, and sees in the mailbox and in the explanation how they end.
import assert from "node:assert/strict";
import { assertAccessible } from "./world/accessible.mjs";
import { journey } from "./world/journey.mjs";
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
