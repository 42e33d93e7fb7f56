/** The views that this verifier knows. */
import { itemEvents } from "./itemEvents.js";
import { itemHistory } from "./itemHistory.js";
import { rawStorage } from "./rawStorage.js";
import { stock, stockLine } from "./stock.js";

export const VIEWS = { "raw-storage/1": rawStorage, "stock/2": stock, "stock/3": stockLine, "item-events/1": itemEvents, "item-events/2": itemHistory };
