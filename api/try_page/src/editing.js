/** The bundle's text in the editor: indented for reading, or byte for byte; and what of it is handed to the verifier. */
import { canonical, parseFree } from "../../verifier_js/src/json.js";
import { MAX_BUNDLE_BYTES } from "../../verifier_js/src/bundle.js";
import { Refusal } from "../../verifier_js/src/index.js";

/** Indented text is longer than the bundle that it stands for. */
const MAX_TEXT = 2 * MAX_BUNDLE_BYTES;

/** The text to edit. What is no JSON is shown as it is. */
export function toText(bundle, indented) {
  if (!indented) return bundle;
  try {
    return JSON.stringify(JSON.parse(bundle), null, 1);
  } catch {
    return bundle; // it was edited into something else
  }
}

/**
 * What the verifier is to read for an edited text: `{ bundle, fault }`. Indented text is written in the one spelling; where
 * that cannot be done it is handed over as it is, and `fault` says why (`{ key, reason }`).
 */
export function fromText(text, indented) {
  if (text.length > MAX_TEXT) return { bundle: text.slice(0, MAX_TEXT), fault: { key: "edit.tooLarge", reason: String(MAX_TEXT) } };
  if (!indented) return { bundle: text, fault: null };
  try {
    return { bundle: canonical(parseFree(new TextEncoder().encode(text), MAX_TEXT)), fault: null };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { bundle: text, fault: { key: "edit.noJson", reason: error.message } };
  }
}
