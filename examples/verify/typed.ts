// node typed.ts BUNDLE TRUST BRAND SKU PLACE: a balance that was proven, or the code of the refusal. The type of the answer follows from the view.
import { readFileSync } from "node:fs";
import { type Code, Refusal, verify } from "@liveledger/verifier";

interface Balance {
  available: bigint;
  block: bigint;
}

async function balance(bundle: Uint8Array, anchor: Uint8Array, brand: string, sku: string, place: string): Promise<Balance | Code> {
  const question = { view: "stock/2", parameters: { brand, sku, place, lot: "" } } as const;
  try {
    const { answer, block } = await verify({ bundle, anchor, question, now: Math.floor(Date.now() / 1000) });
    return { available: BigInt(answer.available), block: BigInt(block) };
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

const [bundle, trust, brand, sku, place] = process.argv.slice(2) as [string, string, string, string, string];
const found = await balance(readFileSync(bundle), readFileSync(trust), brand, sku, place);
console.log(typeof found === "string" ? `refused: ${found}` : `${found.available} available as of block ${found.block}`);
