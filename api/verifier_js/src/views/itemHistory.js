/** `item-events/2`: the events of an item by those with standing, or of one organisation; how many others listed. */
import { bits, fromInteger, hex, keccak, toInteger, utf8 } from "../bytes.js";
import { inLeaf } from "../abi.js";
import { mappingSlot } from "../directory.js";
import { Pointers, shows } from "../fields.js";
import { goesOn, tailOf } from "./entries.js";
import * as form from "./parameters.js";

const MAX_WORDS = 256, MAX_NUMBER = 65_535n;
const CLAIMS = 2n, OTHERS = 3n, VERSIONS = [2n];
const REASONS = ["none", "brand", "approved", "authority"];
const GTIN = /^https:\/\/id\.gs1\.org\/(?:01\/([0-9]{14})|8006\/([0-9]{14})[0-9]{4})(?:\/|$)/;

const itemHistory = {
  sections: ["contracts", "leaves", "disclosures"],

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
  lasting: (asked, answer) => asked.organisation !== null && goesOn(asked, answer),

  answer(evidence, { item, organisation, page }) {
    const provenance = evidence.contract("Provenance", VERSIONS);
    const key = keyOf(item);
    const listed = organisation === null ? whole(evidence, provenance, key) : { owner: organisation, claims: null, others: null };
    const stream = listed.owner === null ? null : evidence.stream(provenance, streamOf(listed.owner, key.digest));
    const leaves = stream === null ? [] : evidence.leaves(stream, page);
    const listings = leaves.map(listingOf);
    const shown = evidence.take("disclosures");
    inLeaf(shown.length === leaves.length, "not a disclosure for each event");
    const pointers = new Pointers();
    return {
      count: stream === null ? "0" : String(stream.count),
      organisation: listed.owner === null ? null : String(listed.owner),
      claimed_by: listed.claims && listed.claims.map(String),
      others: listed.others && listed.others.map(([number, count]) => ({ organisation: String(number), count: String(count) })),
      events: leaves.map((leaf, at) => eventIn(leaf, listings[at], shown[at], pointers)),
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

function listingOf({ n, payload, index }) {
  inLeaf(n === 1n && payload.length === 96, `leaf ${index} is no event`);
  const [hash, corrects, word] = [0, 32, 64].map((at) => payload.subarray(at, at + 32));
  const standing = toInteger(word);
  inLeaf(standing >> 40n < BigInt(REASONS.length), `leaf ${index} has a standing that there is not`);
  return { hash, corrects, standing };
}

function eventIn(leaf, { hash, corrects, standing }, shown, pointers) {
  inLeaf(shown === null || shows(shown, hash, pointers), `what is shown of event ${leaf.index} is not what was anchored`);
  return {
    event_hash: hex(hash),
    corrects: corrects.some((byte) => byte !== 0) ? hex(corrects) : null,
    by: String(bits(standing, 0, 16)),
    kind: String(bits(standing, 16, 8)),
    standing: REASONS[Number(standing >> 40n)],
    ...tailOf(leaf),
    event: shown && shown.event,
    withheld: shown && shown.withheld,
  };
}

export const views = { "item-events/2": itemHistory };
