/** What a caller gives is of the very kind that is asked for: nothing of another kind is made to fit, which could make a check looser. */
const LEVELS = 40;
const kindOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;

/** Throws TypeError when `good` is false. */
export function wanted(good, what) {
  if (!good) throw new TypeError(what);
}

/** A Uint8Array, of whichever page or worker; nothing that only says so of itself. */
export function wantBytes(value, what) {
  wanted(kindOf.call(value) === "Uint8Array", `${what} is no Uint8Array`);
}

/** A text; no list of one text, no object that turns into one. */
export function wantText(value, what) {
  wanted(typeof value === "string", `${what} is no text`);
}

/** A whole number from 0 to 2⁵³ − 1. `BigInt("")` and `BigInt(false)` would be 0. */
export function wantWhole(value, what) {
  wanted(Number.isSafeInteger(value) && value >= 0, `${what} is no whole number`);
}

/** An object whose members are among `names`: one that is misspelled would be left out, and with it what it was to limit. */
export function wantNames(input, names) {
  wanted(input !== null && typeof input === "object", "the input is no object");
  for (const name of Object.keys(input)) wanted(names.includes(name), `${name.slice(0, 40)} is none of ${names.join(", ")}`);
}

/** Whether a value is as `JSON.parse` makes them: no Date, no Map, no instance, nothing that is inherited or computed. */
export function isJson(value, levels = LEVELS) {
  if (typeof value === "number") return Number.isFinite(value);
  if (value === null || typeof value !== "object") return value === null || typeof value === "string" || typeof value === "boolean";
  if (levels === 0 || !isPlain(value)) return false;
  const keys = Reflect.ownKeys(value).filter((key) => key !== "length" || !Array.isArray(value));
  if (Array.isArray(value) && keys.length !== value.length) return false;
  return keys.every((key) => {
    const { enumerable, ...member } = Object.getOwnPropertyDescriptor(value, key);
    return typeof key === "string" && enumerable && "value" in member && isJson(member.value, levels - 1);
  });
}

/** A list, or an object right below nothing or the `Object` of some page. */
function isPlain(value) {
  const above = Object.getPrototypeOf(value);
  return Array.isArray(value) || above === null || Object.getPrototypeOf(above) === null;
}
