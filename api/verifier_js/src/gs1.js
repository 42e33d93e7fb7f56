/** GS1 keys and their qualifiers: lengths, characters, check digits, order (docs/epcis.md, "Items and their spellings"). */
import { shown } from "./plain.js";

const TEXT = String.raw`[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]`; // character set 82
const PART = String.raw`[#\-/0-9A-Z]`; // character set 39
const TRADE_ITEM = ["22", "10", "21", "235"];
const GTIN_LENGTHS = [8, 12, 13];

/** A URI says that it is a GS1 identifier and breaks a rule of GS1; `code` says which. */
export class ItemRefused extends Error {
  constructor(message, code = "gs1-form") {
    super(message);
    this.name = "ItemRefused";
    this.code = code;
  }
}

const whole = (pattern) => new RegExp(`^(?:${pattern})$`);
const key = (name, value, { checked = 0, qualifiers = [], finest = false } = {}) => ({ name, value: whole(value), checked, qualifiers, finest });

/** Keys by application identifier. `checked`: digits that end in the check digit; `finest`: of the qualifiers the last one alone makes the item. */
export const KEYS = new Map([
  ["01", key("GTIN", "[0-9]{14}", { checked: 14, qualifiers: TRADE_ITEM, finest: true })],
  ["8006", key("ITIP", "[0-9]{18}", { checked: 14, qualifiers: TRADE_ITEM.slice(0, 3), finest: true })],
  ["00", key("SSCC", "[0-9]{18}", { checked: 18 })],
  ["414", key("GLN", "[0-9]{13}", { checked: 13, qualifiers: ["254", "7040"] })],
  ["417", key("party GLN", "[0-9]{13}", { checked: 13, qualifiers: ["7040"] })],
  ["253", key("GDTI", `[0-9]{13}${TEXT}{0,17}`, { checked: 13 })],
  ["255", key("GCN", "[0-9]{13,25}", { checked: 13 })],
  ["401", key("GINC", `[0-9]{4}${TEXT}{1,26}`)],
  ["402", key("GSIN", "[0-9]{17}", { checked: 17 })],
  ["8003", key("GRAI", `0[0-9]{13}${TEXT}{0,16}`, { checked: 14 })],
  ["8004", key("GIAI", `[0-9]{4}${TEXT}{1,26}`, { qualifiers: ["7040"] })],
  ["8010", key("CPID", `[0-9]{4}${PART}{1,26}`, { qualifiers: ["8011"] })],
  ["8017", key("provider GSRN", "[0-9]{18}", { checked: 18, qualifiers: ["8019"] })],
  ["8018", key("recipient GSRN", "[0-9]{18}", { checked: 18, qualifiers: ["8019"] })],
]);
const QUALIFIERS = {
  "22": ["consumer product variant", whole(`${TEXT}{1,20}`)],
  "10": ["lot", whole(`${TEXT}{1,20}`)],
  "21": ["serial number", whole(`${TEXT}{1,20}`)],
  "235": ["third-party serial number", whole(`${TEXT}{1,28}`)],
  "254": ["GLN extension", whole(`${TEXT}{1,20}`)],
  "7040": ["unique identification code", whole(`[0-9]${TEXT}{3}`)],
  "8011": ["CPID serial number", whole("[0-9]{1,12}")],
  "8019": ["service relation number", whole("[0-9]{1,10}")],
};

/** The check digit behind `body`: weights 3, 1, 3, … from the right, the sum's complement to ten. */
export function checkDigit(body) {
  const sum = [...body].reverse().reduce((total, digit, place) => total + Number(digit) * (place % 2 === 0 ? 3 : 1), 0);
  return String((10 - (sum % 10)) % 10);
}

/**
 * The item that `{key, value, qualifiers: [[identifier, value]]}` names: checked, its GTIN of 14 digits, without what makes
 * no other item. Throws ItemRefused.
 */
export function itemOf({ key: name, value: written, qualifiers }) {
  const form = KEYS.get(name);
  const value = name === "01" && GTIN_LENGTHS.includes(written.length) ? written.padStart(14, "0") : written;
  checkText(form.name, form.value, value);
  if (form.checked > 0) checkLast(form, value.slice(0, form.checked));
  for (const [qualifier, text] of qualifiers) checkText(...QUALIFIERS[qualifier], text);
  checkOrder(form, qualifiers.map(([qualifier]) => qualifier));
  const kept = form.finest ? qualifiers.slice(-1) : qualifiers;
  return { key: name, value, qualifiers: kept.filter(([qualifier, text]) => qualifier !== "254" || text !== "0") };
}

function checkText(name, pattern, value) {
  if (pattern.test(value)) return;
  const start = value.length > 40 ? `${value.slice(0, 40)}…` : value;
  throw new ItemRefused(`${shown(start)} is no ${name}: other characters, too long or too short`, "gs1-value");
}

function checkLast({ name }, digits) {
  const right = checkDigit(digits.slice(0, -1));
  if (digits.at(-1) !== right) throw new ItemRefused(`the ${name} ${digits} ends in ${digits.at(-1)}, its check digit is ${right}`, "gs1-check-digit");
}

function checkOrder({ name, qualifiers }, names) {
  const both = (one, other) => names.includes(one) && names.includes(other);
  const places = names.map((found) => qualifiers.indexOf(found));
  if (!both("21", "235") && !both("254", "7040") && places.every((place, at) => at === 0 || place > places[at - 1])) return;
  throw new ItemRefused(`behind a ${name} stand ${names.join(", ")}, each once and in the order ${qualifiers.join(", ")}`, "gs1-key-order");
}
