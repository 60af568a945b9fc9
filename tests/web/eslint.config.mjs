// What is asked of every script, beyond what the types say. Run from the repository's root.
import js from "@eslint/js";
import globals from "globals";

/** Ways from a text to markup or code. What somebody typed must find none of them. */
const DOORS = ["innerHTML", "outerHTML", "insertAdjacentHTML", "srcdoc", "setHTMLUnsafe", "parseHTMLUnsafe", "createContextualFragment", "parseFromString"];
const NO_DOORS = {
  "no-restricted-properties": [
    "error",
    ...DOORS.map((property) => ({ property, message: "Build elements: text never becomes markup." })),
    ...["write", "writeln"].map((property) => ({ object: "document", property, message: "Build elements." })),
  ],
  "no-restricted-syntax": [
    "error",
    {
      selector: "CallExpression[callee.property.name='setAttribute'][arguments.0.value=/^(on|srcdoc$)/i]",
      message: "A listener is a function, and a frame has an address.",
    },
    { selector: "NewExpression[callee.name='DOMParser']", message: "Build elements." },
  ],
  "no-console": ["error", { allow: ["warn", "error"] }],
};

const HABITS = {
  ...js.configs.recommended.rules,
  eqeqeq: ["error", "always", { null: "ignore" }],
  "no-var": "error",
  "prefer-const": ["error", { destructuring: "all" }],
  "no-unused-vars": ["error", { args: "after-used", ignoreRestSiblings: true }],
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-script-url": "error",
  "no-throw-literal": "error",
  "no-self-compare": "error",
  "no-unmodified-loop-condition": "error",
  "array-callback-return": "error",
  "no-restricted-globals": ["error", "event", "name", "status", "length", "parent", "top", "self"],
};

export default [
  { ignores: ["**/node_modules/", "target/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["static/**/*.js"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: globals.browser },
    rules: { ...HABITS, ...NO_DOORS },
  },
  // The snippet's script is a classic one, on pages of others.
  { files: ["static/widget.js"], languageOptions: { sourceType: "script" } },
  {
    files: ["tests/web/**/*.mjs"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: { ...globals.node, ...globals.browser } },
    rules: { ...HABITS, "no-script-url": "off" },
  },
];
