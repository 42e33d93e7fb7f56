/** The views by their names; the file of a family is loaded when one of its views is asked for. */
import { InvalidQuestion } from "../refusal.js";

/** Each family with the names of its views. The addresses are literals, so that bundlers see them. */
const FAMILIES = [
  ["acts/1 acts/2", () => import("./acts.js")],
  ["place-accuracy/1 place-accuracy/2 place-accuracy/3", () => import("./accuracy.js")],
  ["poster-batches/1 poster-batches/2", () => import("./batches.js")],
  ["capital/1 capital/2 capital/3", () => import("./capital.js")],
  ["contract/1", () => import("./contractVersions.js")],
  ["item-events/1", () => import("./itemEvents.js")],
  ["item-events/2", () => import("./itemHistory.js")],
  ["movement/1 movement/2 movement/3", () => import("./movement.js")],
  ["sku-movements/1 sku-movements/2 sku-movements/3", () => import("./movements.js")],
  ["sku-orders/1 sku-orders/2", () => import("./orders.js")],
  ["raw-storage/1", () => import("./rawStorage.js")],
  ["reading/1 reports/1", () => import("./reports.js")],
  ["sku-returns/1 sku-returns/2", () => import("./returns.js")],
  ["settlement/1 settlement/2", () => import("./settlement.js")],
  ["stock/1 stock/2 stock/3", () => import("./stock.js")],
  ["stock-lots/2 stock-lots/3", () => import("./stockLots.js")],
  ["stream/1 word/1", () => import("./columns.js")],
  ["transaction/1", () => import("./transaction.js")],
];
const LOADERS = new Map(FAMILIES.flatMap(([names, load]) => names.split(" ").map((name) => [name, load])));

/** The names of all views. */
export const VIEWS = Object.freeze([...LOADERS.keys()].sort());

/** The view of this name: what it asks and answers. Throws InvalidQuestion where there is none. */
export async function viewNamed(name) {
  const load = LOADERS.get(name);
  if (load === undefined) throw new InvalidQuestion(`the view ${JSON.stringify(name).slice(0, 80)} is not known`);
  const { views } = await load();
  return views[name];
}
