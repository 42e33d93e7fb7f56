/** Text that came from outside, made fit to be shown: nothing in it steers a terminal or passes for what it is not. */

/** No plain characters: controls, formats, private and unassigned ones, separators and all spaces but U+0020. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;
/** Invisible, or looking like a space: fillers, joiners, selectors of variants, blanks. */
const UNSEEN = String.raw`\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\u{16fe4}\u{1d159}\u{e0100}-\u{e01ef}`;
/** Marks that stand over, under or around the letter before them: two a letter are in use, a pile covers other lines. */
const MARKS = String.raw`\u0300-\u034e\u0350-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e`
  + String.raw`\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u302a-\u302f\u3099\u309a\ufe20-\ufe2f`;
const LETTER = String.raw`[\p{L}\p{N}]`;
const ODD = new RegExp(`[${UNSEEN}]|(?<!${LETTER})(?<!${LETTER}[${MARKS}])[${MARKS}]`, "gu");

/** `text` on one line, with everything that is no plain character as `\uXXXX` (two of them beyond U+FFFF). */
export function printable(text) {
  return text.replace(UNPRINTABLE, escaped).replace(ODD, escaped);
}

function escaped(sign) {
  return Array.from({ length: sign.length }, (_, at) => `\\u${sign.charCodeAt(at).toString(16).padStart(4, "0")}`).join("");
}

/** A value that others wrote, as one field of a line: also without spaces that would pass for the gap between two; `-` for nothing. */
export function field(text) {
  return text === "" ? "-" : printable(text).replaceAll(/(?:(?<= )|^) | $/g, "\\u0020");
}

/** A text in quotes, as Python writes it: everything that is no plain character by its number. */
export function shown(text) {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = text.replaceAll(/[\\\n\r\t]/g, (sign) => `\\${{ "\n": "n", "\r": "r", "\t": "t" }[sign] ?? sign}`).replaceAll(UNPRINTABLE, numbered);
  return quote + (quote === "'" ? inner.replaceAll("'", "\\'") : inner) + quote;
}

function numbered(sign) {
  const code = sign.codePointAt(0);
  const [letter, digits] = code <= 0xff ? ["x", 2] : code <= 0xffff ? ["u", 4] : ["U", 8];
  return `\\${letter}${code.toString(16).padStart(digits, "0")}`;
}
