/** The one form of an item's URI, under which its events are listed (docs/epcis.md, "Items and their spellings"). */

/** A URI says that it is a GS1 identifier and breaks a rule of GS1. */
export class ItemRefused extends Error {
  readonly code: "gs1-check-digit" | "gs1-key-order" | "gs1-company-prefix" | "gs1-value" | "gs1-form" | "gs1-compressed";
}

/** The one form of an item's URI: what `item-events/2` is asked with. The URI itself where it names no GS1 identifier. Throws ItemRefused, or TypeError where it is no text. */
export function itemForm(uri: string): string;

/** Whether a URI names a GS1 identifier. Throws ItemRefused as `itemForm` does. */
export function isGs1(uri: string): boolean;
