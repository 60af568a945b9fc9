// The demo's two stories in which a phone decides, with the clock at its real pace: ten seconds are enough to act in.
import assert from "node:assert/strict";
import { assertAccessible } from "./world/accessible.mjs";
import { journey } from "./world/journey.mjs";
import { Tour } from "./world/tour.mjs";
import { eventually } from "./world/waiting.mjs";

journey("back in time: the phone stops the clock, keeps Tomáš online in the pocket, and nobody is mailed", async (world) => {
  const tour = await Tour.open(world);
  await tour.begin("Back in time");
  await tour.letDo("The visitor writes");
  await tour.clock.filter({ hasText: "Emails to Jana, Petr and Tomáš" }).waitFor();
  const phone = tour.player("phone");
  await phone.getByRole("button", { name: "Open the doorbell app" }).click();
  await tour.isDone("Tomáš opens the app");
  await tour.clock.filter({ hasText: "The clock was stopped" }).waitFor();
  await phone.getByRole("button", { name: "Into the pocket" }).click();
  await phone.getByText(/promised by the app for another [45]:\d\d/).waitFor();
  await assertAccessible(tour.page, "the phone in the pocket");
  await tour.isOver();
  assert.deepEqual(await tour.mailed(), []);
  await tour.says("Tomáš", /Tomáš came online on iPhone.*rule N7/);
  await tour.says("Petr", /colleague came online.*Tomáš on iPhone.*rule N7/);
});

journey("opened on the phone: who has read it gets no letter, the others do", async (world) => {
  const tour = await Tour.open(world);
  await tour.begin("Opened on the phone");
  await tour.letDo("The visitor writes");
  await tour.letDo("Tomáš opens the message");
  await tour.clock.filter({ hasText: "Emails to Jana and Petr" }).waitFor();
  await tour.player("phone").locator(".messages").getByText("Is the little engine in stock?").waitFor();
  await assertAccessible(tour.page, "a conversation on the phone");
  await tour.isOver();
  assert.deepEqual(await tour.mailed(), ["Jana", "Petr"]);
  await tour.says("Tomáš", /had seen every waiting message.*rule N7/);
  await tour.says("Jana", /email to Jana was queued/);
});

journey("a phone that loses the signal lingers and is then offline; one that is swiped away is so at once", async (world) => {
  const demo = await world.demo();
  const tomas = await demo.logIn("tomas");
  const page = await world.open(`${demo.url}/demo/phone.html`, { phone: true });
  const isAt = (/** @type {string} */ state) => eventually(`the phone is ${state}`, async () => {
    const { operators } = await tomas.get("/api/v1/presence");
    const { devices } = operators.find((/** @type {{ id: string }} */ { id }) => id === tomas.id);
    return devices.some((/** @type {{ state: string }} */ device) => device.state === state) || (state === "offline" && !devices.length);
  });
  await page.getByRole("button", { name: "Take it out" }).click();
  await isAt("online");
  await page.getByRole("button", { name: "Lose the signal" }).click();
  await isAt("reconnecting");
  await page.getByText("the connection broke a moment ago").waitFor();
  await isAt("offline");
  await page.getByRole("button", { name: "Signal is back" }).click();
  await isAt("online");
  await page.getByRole("button", { name: "Into the pocket" }).click();
  await page.getByText(/promised by the app/).waitFor();
  await page.getByRole("button", { name: "Close the app" }).click();
  await isAt("offline");
  await assertAccessible(page, "the phone alone");
});
