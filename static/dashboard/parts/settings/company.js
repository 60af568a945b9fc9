// The account: what it is called, which language its visitors hear, its time zone, its plan.
import { LANGUAGES } from "/shared/words.js";
import { h } from "/shared/view.js";
import { formOf } from "../../state/forms.js";
import { isAdmin } from "../../state/live.js";
import { field, formOfFields } from "../pieces.js";
import { adminsOnly, block, facts, withAccount } from "./controls.js";

/** @typedef {import("../../desk.js").Desk} Desk */
/** @typedef {import("/shared/wire.js").Account} Account */

const FORM = "settings/company/account";

/** All that the browser knows, described once: there are hundreds. */
const ZONES = h("datalist", { id: "set-zones" }, ...(Intl.supportedValuesOf?.("timeZone") ?? []).map((value) => h("option", { value })));

/** @param {Desk} desk */
export function company(desk) {
  return withAccount(desk, (account) => [block(desk.words("set_company_of"), desk.words("set_company_about"), isAdmin(desk.state) ? form(desk, account) : readOnly(desk, account)), plan(desk, account)]);
}

/** @param {Desk} desk @param {Account} account */
function form(desk, account) {
  const { words } = desk;
  const send = () => {
    const { values } = formOf(desk.state, FORM);
    if (Object.keys(values).length === 0) return desk.dispatch({ type: "form/saved", form: FORM });
    return desk.acts.settings.save(FORM, () => desk.acts.settings.changeAccount(values));
  };
  return formOfFields(
    desk,
    FORM,
    { save: words("save"), marks: true, send },
    field(desk, FORM, "name", { label: words("set_company_name"), hint: words("set_company_name_about"), holds: account.name, props: { required: true, maxlength: 120, autocomplete: "organization" } }),
    field(desk, FORM, "locale", {
      label: words("set_company_language"),
      hint: words("set_company_language_about"),
      holds: account.locale,
      choices: LANGUAGES.map((tag) => ({ value: tag, text: words(`set_language_${tag}`) })),
    }),
    field(desk, FORM, "timezone", { label: words("set_timezone"), hint: words("set_timezone_about"), holds: account.timezone, props: { required: true, list: "set-zones", autocomplete: "off", spellcheck: "false" } }),
    ZONES,
  );
}

/** @param {Desk} desk @param {Account} account */
function readOnly(desk, account) {
  const { words } = desk;
  /** @type {[string, string][]} */
  const rows = [
    [words("set_company_name"), account.name],
    [words("set_company_language"), words(`set_language_${account.locale}`)],
    [words("set_timezone"), account.timezone],
  ];
  return [adminsOnly(desk, "set_account_admins"), facts(rows)];
}

/** @param {Desk} desk @param {Account} account */
function plan(desk, account) {
  const { words } = desk;
  return block(
    words("set_plan"),
    null,
    h("p", {}, h("span", { class: "tag set-plan" }, words(`set_plan_${account.plan}`)), " ", words(`set_plan_${account.plan}_about`)),
    h("p", { class: "muted" }, words("set_plan_change")),
  );
}
