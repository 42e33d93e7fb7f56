/** The bundles that the page carries, as the demo's server sent them: one gzip in base64, so that the file stays small. */

/** Questions, bundles (text) and anchor out of the page: `{ anchor, cases: { name: { question, bundle, older } } }`. */
export async function readData(element) {
  const bytes = Uint8Array.from(atob(element.textContent.trim()), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

/** The height of the block that a bundle answers at, and when that was signed (Unix seconds). */
export function blockOf(text) {
  const { header } = JSON.parse(text).light_block;
  return { height: BigInt(header.height) - 1n, signed: Number(header.time.seconds) };
}
