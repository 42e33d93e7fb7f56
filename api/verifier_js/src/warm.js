/** For pages that wait for an answer: runs, on bytes of its own, the code that a first verification would wait for. */
import { hex, keccak, sha256, unhex, utf8 } from "./bytes.js";
import { counts } from "./ed25519.js";
import { wanted } from "./input.js";
import { canonical, parseCanonical } from "./json.js";
import { rootOf } from "./merkle.js";
import { decode } from "./rlp.js";
import { viewNamed } from "./views/index.js";

/** RFC 8032, section 7.1, test 1: of no message. */
const KEY = unhex("0xd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
const SIGNATURE = unhex("0xe5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
/** How often each piece runs: until an engine compiles what it runs (ten milliseconds a piece, before that). */
const SIGNATURES = 4, LEAVES = 150, TEXTS = 400, NODES = 60, ROUNDS = 3;

/**
 * Loads the files of `views` (names) and has the engine compile what costs most. Nothing is verified by it, and nothing is
 * different after it but the time that the next `verify` takes. Between its pieces the page has its turn. Rejects with
 * TypeError for what is no list, InvalidQuestion for a view that is not known.
 */
export async function warm(views = []) {
  wanted(Array.isArray(views), "`views` is no list");
  for (const view of views) await viewNamed(view);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const piece of [signatures, hashes, texts, nodes]) {
      piece(round);
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
}

function signatures() {
  for (let count = 0; count < SIGNATURES; count += 1) {
    if (!counts(KEY, new Uint8Array(), SIGNATURE)) throw new Error("this engine's arithmetic is wrong: a good signature does not count");
  }
}

function hashes(round) {
  rootOf(Array.from({ length: LEAVES }, (_, at) => keccak(Uint8Array.of(round, at), KEY)));
  sha256(Uint8Array.of(0), SIGNATURE);
}

function texts(round) {
  const value = Array.from({ length: TEXTS }, (_, at) => ({ at, name: `${round}`, value: hex(KEY) }));
  for (const { value: digits } of parseCanonical(utf8(canonical(value)), 1_048_576)) unhex(digits);
}

/** Nodes of a trie as they are encoded: sixteen references and no value. */
function nodes() {
  const node = Uint8Array.from([0xf9, 0x02, 0x11, ...Array.from({ length: 16 }, () => [0xa0, ...KEY]).flat(), 0x80]);
  for (let count = 0; count < NODES; count += 1) decode(node);
}
