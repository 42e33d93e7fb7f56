/** `item-events/2`: the events of an item by those with standing, or of one organisation; how many others listed. */
import { bits, fromInteger, hex, keccak, toInteger, utf8 } from "../bytes.js";
import { mappingSlot } from "../evidence.js";
import { disclosureOf, shows } from "../fields.js";
import { require } from "../refusal.js";
import * as shape from "../shape.js";
import { eventOf } from "./itemEvents.js";
import * as form from "./parameters.js";

const MAX_SHOWN = 10_000, MAX_WORDS = 256, MAX_NUMBER = 65_535n;
const CLAIMS = 2n, OTHERS = 3n, VERSIONS = [2n];
const REASONS = ["none", "brand", "approved", "authority"];
const GTIN = /^https:\/\/id\.gs1\.org\/(?:01\/([0-9]{14})|8006\/([0-9]{14})[0-9]{4})(?:\/|$)/;

export const itemHistory = {
  sections: ["contracts", "leaves", "disclosures"],
  formats: [2],

  form: ({ disclosures }) =>
    shape.list(disclosures, MAX_SHOWN, "disclosures").map((entry, at) => disclosureOf(entry, `disclosures[${at}]`, eventOf)),

  parameters(given) {
    const one = Object.hasOwn(given, "organisation");
    form.fields(given, one ? ["item", "organisation"] : ["item"], ["first", "limit"]);
    return {
      item: form.text(given.item, "item", 1, 2_048),
      organisation: one ? form.decimal(given.organisation, "organisation", 1n, MAX_NUMBER) : null,
      page: form.page(given),
    };
  },

  /** A page of one organisation's list that more follows is true for ever. */
  lasting: ({ organisation, page }, { count }) => organisation !== null && page.first + page.limit < BigInt(count),

  answer(evidence, { item, organisation, page }) {
    const provenance = evidence.contract("Provenance", VERSIONS);
    const key = keyOf(item);
    const listed = organisation === null ? whole(evidence, provenance, key) : { owner: organisation, claims: null, others: null };
    const stream = listed.owner === null ? null : evidence.stream(provenance, streamOf(listed.owner, key.digest));
    const leaves = stream === null ? [] : evidence.entries(stream, page);
    const shown = evidence.own;
    require(shown.length === leaves.length, 8, "leaf-proof", "not a disclosure for each event");
    return {
      organisation: listed.owner === null ? null : String(listed.owner),
      claimed_by: listed.claims && listed.claims.map(String),
      others: listed.others && listed.others.map(([number, count]) => ({ organisation: String(number), count: String(count) })),
      count: stream === null ? "0" : String(stream.count),
      events: leaves.map((leaf, at) => event(leaf, shown[at])),
    };
  },
};

/** The GTIN in a URI in its one form (0: none), and the item as the contract has it. */
function keyOf(item) {
  const found = GTIN.exec(item);
  const gtin = BigInt(found?.[1] ?? found?.[2] ?? 0);
  return { gtin, digest: keccak(fromInteger(gtin), keccak(utf8(item))) };
}

const streamOf = (organisation, digest) => keccak(fromInteger(organisation), digest);

function whole(evidence, provenance, { gtin, digest }) {
  const claims = gtin === 0n ? [] : numbersIn(provenance.read(mappingSlot(fromInteger(gtin), fromInteger(CLAIMS))));
  const numbers = claims.slice(1);
  for (let index = 0, word = 1n << 240n; index < MAX_WORDS && word >> 240n !== 0n; index += 1) {
    word = provenance.read(mappingSlot(fromInteger(index), mappingSlot(digest, fromInteger(OTHERS))));
    numbers.push(...numbersIn(word));
  }
  const others = [...new Set(numbers)].filter((number) => number !== claims[0]);
  return { owner: claims[0] ?? null, claims, others: others.map((number) => [number, evidence.stream(provenance, streamOf(number, digest)).count]) };
}

function numbersIn(word) {
  const found = [];
  for (let place = 0; place < 16 && bits(word, 16 * place, 16) !== 0n; place += 1) found.push(bits(word, 16 * place, 16));
  return found;
}

function event(leaf, shown) {
  const held = (good, message) => require(good, 8, "leaf-proof", message);
  held(leaf.n === 1n && leaf.payload.length === 96, "a leaf that is no event");
  const [hash, corrects, standing] = [0, 32, 64].map((at) => leaf.payload.subarray(at, at + 32));
  const word = toInteger(standing);
  held(word >> 40n < BigInt(REASONS.length), "an event without a standing that there is");
  if (shown) held(shows(shown, hash), "what is shown is not what was anchored");
  return {
    event_hash: hex(hash),
    corrects: corrects.every((byte) => byte === 0) ? null : hex(corrects),
    by: String(bits(word, 0, 16)),
    kind: String(bits(word, 16, 8)),
    standing: REASONS[Number(word >> 40n)],
    block: String(leaf.block),
    time: String(leaf.time),
    poster: hex(leaf.poster),
    event: shown ? shown.event : null,
    withheld: shown ? shown.withheld : null,
  };
}
