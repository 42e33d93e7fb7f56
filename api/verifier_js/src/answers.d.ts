/** Questions and answers of all views (docs/bundle-views.md). Numbers are decimal strings, bytes `0x…` in lower case. */

/** A page of a list: both or neither; without one the whole list is asked for. */
export interface Page {
  first: string;
  limit: string;
}
export type MaybePage = Page | { first?: never; limit?: never };

interface Sku {
  brand: string;
  sku: string;
}
interface Batches {
  poster: string;
  lane: string;
}
interface SkuAtPlace extends Sku {
  place: string;
}

/** The parameters of each view. */
export interface Parameters {
  "raw-storage/1": { address: string; slots: string[] };
  "stock/1": SkuAtPlace;
  "stock/2": SkuAtPlace & { lot: string };
  "stock/3": SkuAtPlace & { lot: string };
  "stock-lots/2": SkuAtPlace & Page;
  "stock-lots/3": SkuAtPlace & Page;
  "sku-movements/1": Sku & Page;
  "sku-movements/2": Sku & Page;
  "sku-movements/3": Sku & Page;
  "item-events/1": { item: string } & MaybePage;
  "item-events/2": { item: string; organisation?: string } & MaybePage;
  "poster-batches/1": Batches & MaybePage;
  "poster-batches/2": Batches & MaybePage;
  "movement/1": Batches & { sequence: string; index: string };
  "movement/2": Batches & { sequence: string; index: string };
  "movement/3": Batches & { sequence: string; index: string };
  "settlement/1": { agreement: string };
  "settlement/2": { agreement: string } & MaybePage;
  "reports/1": { feed: string } & MaybePage;
  "reading/1": { feed: string; sequence: string; device: string; time: string };
  "acts/1": { contract: "Consortium" | "Governance" } & MaybePage;
  "acts/2": { contract: "Consortium" | "Governance" | "Directory" | "Creator" } & MaybePage;
  "contract/1": { name: string; version?: string };
  "capital/1": { brand: string } & MaybePage;
  "capital/2": { brand: string } & MaybePage;
  "capital/3": { brand: string } & MaybePage;
  "place-accuracy/1": { place: string } & MaybePage;
  "place-accuracy/2": { place: string } & MaybePage;
  "place-accuracy/3": { place: string } & MaybePage;
  "sku-orders/1": Sku & MaybePage;
  "sku-orders/2": Sku & MaybePage;
  "sku-returns/1": Sku & MaybePage;
  "sku-returns/2": Sku & MaybePage;
  "stream/1": { contract: string; version: string; stream: string; head: string[]; entry: string[] } & MaybePage;
  "word/1": { contract: string; version: string; slot: string; fields: string[] };
  "transaction/1": { hash: string };
}

export type View = keyof Parameters;
/** A question: a view and its parameters. */
export type Question = { [V in View]: { view: V; parameters: Parameters[V] } }[View];
/** The answer of a view; of several the union of theirs. */
export type AnswerOf<V extends View> = Answers[V];

/** Where an entry of a list stands: block, time (Unix seconds) and account. */
export interface Posted {
  block: string;
  time: string;
  poster: string;
}
export interface Lanes {
  available: string;
  reserved: string;
  in_transit: string;
  held: string;
}
export interface Stock extends Lanes {
  known_sku: boolean;
  known_place: boolean;
}
export interface StockOfLot extends Stock {
  known_lot: boolean;
}
export interface StockLots extends Stock {
  count: string;
  by_lot: (Lanes & { lot: string })[];
}

export type KindOfMovement =
  | "receive" | "reserve" | "release" | "ship" | "arrive" | "deliver" | "return" | "transfer" | "found" | "lost" | "scrap" | "hold"
  | "restock" | "sell" | "send_back" | "lost_in_transit" | "found_in_transit" | "assemble" | "assemble_from" | "split" | "split_into"
  | "gift" | "sample";
export interface Movement {
  kind: KindOfMovement;
  from: string;
  to: string;
  quantity: string;
  at: string;
}
interface Lot {
  lot: string;
}
export interface SkuMovements<M = Movement & Lot> {
  known_sku: boolean;
  count: string;
  movements: (M & Posted & { index: string })[];
}
export interface MovementOfBatch<M = Movement & Lot> {
  known_batch: boolean;
  batch: { block: string; movements: string; movements_root: string; documents_root: string } | null;
  movement: (M & { sku: string }) | null;
}
export interface PosterBatches {
  count: string;
  batches: (Posted & { sequence: string; movements: string; movements_root: string; documents_root: string; records_hash: string })[];
}

/** An EPCIS event as it was captured. */
export type Event = Record<string, unknown>;
export interface ItemEvents {
  count: string;
  events: (Posted & { event_hash: string; corrects: string | null; event: Event | null; names_item: boolean | null })[];
}
export interface ItemHistory {
  organisation: string | null;
  claimed_by: string[] | null;
  others: { organisation: string; count: string }[] | null;
  count: string;
  events: (Posted & {
    event_hash: string;
    corrects: string | null;
    by: string;
    kind: string;
    standing: "none" | "brand" | "approved" | "authority";
    event: Event | null;
    withheld: string[] | null;
  })[];
}

export interface InputsOfSku {
  sku: string;
  unit_cost_fen: string;
  received: string;
  forecast: string;
  sold: string;
  returned: string;
  overstock: string;
}
export interface Settlements {
  count: string;
  known: boolean;
  terms: { brand: string; supplier: string; forecaster: string; brand_bps: string; valid_until: string; terms_hash: string } | null;
  settlements: (Posted & { session: string; loss_fen: string; brand_fen: string; supplier_fen: string; inputs: InputsOfSku[] })[];
}

export interface Reports {
  count: string;
  reports: (Posted & { sequence: string; config_digest: string; observed_at: string; payload: string })[];
}
export interface Reading {
  known_report: boolean;
  device_matches: boolean;
  reading: (Posted & {
    index: string;
    value_milli: string;
    readings: string;
    readings_root: string;
    first_at: string;
    last_at: string;
    min_milli: string;
    max_milli: string;
  }) | null;
}

export type Act = Posted & { index: string; data: string } & (
  | { kind: "call"; proposal: null; status: null }
  | { kind: "outcome"; proposal: string; status: string }
);
export interface Acts {
  count: string;
  acts: Act[];
}
export interface ContractVersion {
  active: string;
  next: string;
  next_from: string;
  known: boolean;
  version: string;
  address: string | null;
  code_hash: string | null;
  from: string | null;
  /** `active`, `waits`, `frozen`, `retired`; a number that is no state as it is. */
  state: string | null;
}

export interface CapitalReport {
  organisation: string;
  stock_value_fen: string;
  revenue_fen: string;
  period_from: string;
  period_to: string;
  at_block: string;
  evidence_root: string;
  /** null: stock without revenue. */
  share_bps: string | null;
}
interface Frozen {
  frozen: boolean;
}
interface AboveLimit {
  above_limit: boolean;
}
interface CapitalList<F> {
  count: string;
  reports: (CapitalReport & F & Posted & { index: string })[];
}
export interface Capital1 extends CapitalList<Frozen> {
  frozen: boolean;
  newest: (CapitalReport & Frozen) | null;
}
export interface Capital2 extends CapitalList<AboveLimit> {
  frozen: boolean;
  stale: boolean;
  newest: (CapitalReport & AboveLimit) | null;
}
export type Side = { period_to: string; reported_at: string; above_limit: boolean; stands: boolean } | null;
/** `frozen`, `stale`, `newest` and `sides` are null on a page that does not reach the end. */
export interface Capital3 extends CapitalList<AboveLimit> {
  frozen: boolean | null;
  stale: boolean | null;
  newest: (CapitalReport & AboveLimit) | null;
  sides: { brand: { period_to: string } | null; auditors: Side; finance: Side } | null;
}

export interface PlaceState {
  as_of: string;
  deviation_bps: string;
  accuracy_bps: string;
  level: string;
  flag: string;
  recount_by: string;
  at_block: string;
}
export interface Finding {
  finding_skus: string;
  finding_units: string;
  finding_raised_at: string;
}
export interface Comparison {
  sequence: string;
  skus: string;
  skus_matching: string;
  ledger_units: string;
  snapshot_units: string;
  difference_units: string;
  snapshot_root: string;
  organisation: string;
  audited: boolean;
}
export interface PlaceAccuracy<S = PlaceState & Finding> {
  count: string;
  known_place: boolean;
  latest: S | null;
  records: (Comparison & S & Posted)[];
}

export type OrderEntry = Posted & { index: string; order: string } & (
  | {
    entry: "made"; kind: "place" | "hub" | "supplier"; source: string; to: string; quantity: string; position: string; score: string;
    deadline: string;
  }
  | { entry: "ended"; status: "closed" | "cancelled" | "expired"; shipped: string; received: string }
);
export interface SkuOrders {
  known_sku: boolean;
  count: string;
  entries: OrderEntry[];
}
export type Grade = "a" | "b" | "c" | "d";
export interface SkuReturns<G = Record<Grade, string>> {
  known_sku: boolean;
  count: string;
  graded: G;
  entries: (Posted & {
    index: string;
    act: "graded" | "closed";
    organisation: string;
    lot: string;
    place: string;
    quantity: string;
    grade: Grade;
    disposition: "restock" | "restock_discounted" | "send_back" | "scrap";
    documents_root: string;
  })[];
}
export interface Transaction {
  block: string;
  index: string;
  type: string;
  succeeded: boolean;
  logs: string;
}
/** Entries of a list that was cut into columns: those that the question names, beside `index` and `Posted`. */
export interface Entries {
  count: string;
  entries: (Posted & { index: string } & Record<string, string>)[];
}
/** A word that was cut into numbers: null where it was never written. */
export interface Word {
  values: Record<string, string> | null;
}

/** The answer of each view. */
export interface Answers {
  "raw-storage/1": { code_hash: string | null; values: (string | null)[] };
  "stock/1": Stock;
  "stock/2": StockOfLot;
  "stock/3": StockOfLot;
  "stock-lots/2": StockLots;
  "stock-lots/3": StockLots;
  "sku-movements/1": SkuMovements<Movement>;
  "sku-movements/2": SkuMovements;
  "sku-movements/3": SkuMovements;
  "item-events/1": ItemEvents;
  "item-events/2": ItemHistory;
  "poster-batches/1": PosterBatches;
  "poster-batches/2": PosterBatches;
  "movement/1": MovementOfBatch<Movement>;
  "movement/2": MovementOfBatch;
  "movement/3": MovementOfBatch;
  "settlement/1": Settlements;
  "settlement/2": Settlements;
  "reports/1": Reports;
  "reading/1": Reading;
  "acts/1": Acts;
  "acts/2": Acts;
  "contract/1": ContractVersion;
  "capital/1": Capital1;
  "capital/2": Capital2;
  "capital/3": Capital3;
  "place-accuracy/1": PlaceAccuracy<PlaceState>;
  "place-accuracy/2": PlaceAccuracy;
  "place-accuracy/3": PlaceAccuracy;
  "sku-orders/1": SkuOrders;
  "sku-orders/2": SkuOrders;
  "sku-returns/1": SkuReturns;
  "sku-returns/2": SkuReturns<Record<Grade, string> | null>;
  "stream/1": Entries;
  "word/1": Word;
  "transaction/1": Transaction;
}
