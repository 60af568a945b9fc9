// The frame around the pages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { noticesToShow } from "/dashboard/parts/shell.js";

test("a notice that was hidden stays so, and comes back with the next cause", () => {
  const notices = [{ code: "any_origin", text: "", since: "1" }, { code: "relay_auth", text: "", since: "2" }];
  const codes = (/** @type {Record<string, string>} */ hidden) => noticesToShow(notices, hidden).map(({ code }) => code);
  assert.deepEqual(codes({}), ["any_origin", "relay_auth"]);
  assert.deepEqual(codes({ any_origin: "1" }), ["relay_auth"]);
  assert.deepEqual(codes({ any_origin: "0", relay_auth: "2" }), ["any_origin"]);
});
