/** The trust anchor: whom the client trusts before anything is checked. */
import { hex, same, sha256, utf8 } from "./bytes.js";
import { wantBytes } from "./input.js";
import { canonical, parseFree } from "./json.js";
import { requireShape } from "./refusal.js";
import * as shape from "./shape.js";

export const MAX_ANCHOR_BYTES = 262_144;
const MAX_CONTRACTS = 32;
const NAME = /^[A-Za-z0-9]{1,32}$/;
/** CometBFT's limit on the power of a set. */
const MAX_POWER = (1n << 63n) / 8n - 1n;
export const VALIDITY_SECONDS = 365n * 86_400n;
const FORMATS = { "liveledger-trust/1": 1, "liveledger-trust/2": 2 };
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const FIELDS = ["format", "chain_id", "evm_chain_id", "height", "validators", "directory", "valid_until", "issued_at"];
/** What an anchor has beside those, by its form: form 2 pins no contract but Directory. */
const PINS = { 1: ["contracts"], 2: [] };

/** An anchor out of the bytes of `trust.json`. Throws Refusal, or TypeError where it is given no bytes. */
export function parseAnchor(bytes) {
  wantBytes(bytes, "a trust anchor");
  return readAnchor(parseFree(bytes, MAX_ANCHOR_BYTES));
}

/** An anchor out of its JSON value. */
export function readAnchor(value) {
  return { value, ...fieldsOf(value) };
}

/** The anchor at a header that `set` signed: the JSON value of `trusted` moved there; null where the next set is another one. */
export function newerAnchor(trusted, header, hash, set) {
  if (!same(header.validators_hash, header.next_validators_hash)) return null;
  const { genesis_hash: _, ...kept } = trusted.value;
  const { seconds, nanos } = header.time;
  return {
    ...kept,
    height: String(header.height),
    header_hash: hex(hash),
    validators: set.map(({ key, power }) => ({ pub_key: hex(key), power: String(power) })),
    valid_until: { seconds: String(seconds + VALIDITY_SECONDS), nanos: 0 },
    issued_at: { seconds: String(seconds), nanos },
  };
}

function fieldsOf(value) {
  const beginning = value !== null && typeof value === "object" && value.height === "0" ? "genesis_hash" : "header_hash";
  const form = formOf(value);
  shape.object(value, [...FIELDS, ...PINS[form], beginning], "the anchor");
  return {
    form,
    chainId: shape.chainId(value.chain_id, "chain_id"),
    evmChainId: shape.decimal(value.evm_chain_id, "evm_chain_id"),
    height: shape.decimal(value.height, "height", 63),
    hash: shape.bytes(value[beginning], beginning, 32),
    validators: parseValidators(value.validators, "validators"),
    directory: place(value.directory, "directory"),
    contracts: form === 1 ? contracts(value.contracts) : new Map(),
    validUntil: shape.time(value.valid_until, "valid_until"),
    fingerprint: fingerprintOf(value),
    issuedAt: shape.time(value.issued_at, "issued_at"),
  };
}

function formOf(value) {
  const form = value === null || typeof value !== "object" ? undefined : Object.entries(FORMATS).find(([name]) => name === value.format);
  requireShape(form !== undefined, `the anchor is of none of ${Object.keys(FORMATS).join(", ")}`);
  return form[1];
}

/** The first 20 bytes of SHA-256 over the RFC 8785 form without `issued_at`, in base32. */
export function fingerprintOf(value) {
  const { issued_at: _, ...rest } = value;
  let bits = 0, held = 0, text = "";
  for (const byte of sha256(utf8(canonical(rest))).subarray(0, 20)) {
    bits = (bits << 8) | byte;
    for (held += 8; held >= 5; held -= 5) text += BASE32[(bits >> (held - 5)) & 31];
    bits &= 31;
  }
  return text;
}

/** A set of validators in CometBFT's order: keys and powers. */
export function parseValidators(value, where) {
  const found = shape.list(value, 200, where).map((entry, at) => {
    shape.object(entry, ["pub_key", "power"], `${where}[${at}]`);
    return {
      key: shape.bytes(entry.pub_key, `${where}[${at}].pub_key`, 32),
      power: shape.decimal(entry.power, `${where}[${at}].power`, 63),
    };
  });
  requireShape(found.length > 0, `${where} is empty`);
  requireShape(found.every(({ power }) => power > 0n), `${where} has a validator without power`);
  requireShape(found.reduce((sum, { power }) => sum + power, 0n) <= MAX_POWER, `${where} has more power than CometBFT allows`);
  requireShape(new Set(found.map(({ key }) => key.join())).size === found.length, `${where} has a key twice`);
  return found;
}

function place(value, where) {
  shape.object(value, ["address", "code_hash"], where);
  return pin(value, where);
}

function pin(value, where) {
  return {
    address: shape.bytes(value.address, `${where}.address`, 20),
    codeHash: shape.bytes(value.code_hash, `${where}.code_hash`, 32),
  };
}

function contracts(value) {
  const names = Object.keys(shape.record(value, "contracts"));
  requireShape(names.length <= MAX_CONTRACTS, `more than ${MAX_CONTRACTS} contracts`);
  return new Map(names.map((name) => {
    requireShape(NAME.test(name), `${name} is no contract's name`);
    shape.object(value[name], ["address", "code_hash", "version"], `contracts.${name}`);
    return [name, { ...pin(value[name], name), version: shape.decimal(value[name].version, `${name}.version`) }];
  }));
}
