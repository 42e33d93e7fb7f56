/** The history of an item as a timeline. */
import { code, el } from "../dom.js";

const PLACE = /\/414\/(\d{13})$/;
const WALL = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/;

/** The answer of `item-events/2`. */
export function showItem(words, { events }) {
  return [el("ol", { class: "timeline" }, events.map((entry) => el("li", {}, ofEntry(words, entry))))];
}

function ofEntry(words, entry) {
  const { event } = entry;
  if (event === null) return [el("h3", {}, words.say("item.notShown")), foot(words, entry)];
  return [
    el("h3", {}, words.word("bizStep", String(event.bizStep ?? event.type))),
    el("p", { class: "when" }, whenOf(event), " · ", placeOf(words, event)),
    el("ul", { class: "facts" }, factsOf(words, event).map((fact) => el("li", {}, fact))),
    foot(words, entry),
    el("details", { class: "raw" }, el("summary", {}, words.say("item.asWritten")), el("pre", {}, JSON.stringify(event, null, 2))),
  ];
}

/** The wall clock of the place, as the event has it. */
function whenOf({ eventTime, eventTimeZoneOffset: offset }) {
  const found = WALL.exec(String(eventTime));
  return found === null ? String(eventTime) : `${found[1]} ${found[2]} (UTC${offset})`;
}

function placeOf(words, { readPoint }) {
  const found = PLACE.exec(String(readPoint?.id));
  return found === null ? String(readPoint?.id ?? "") : words.say("item.place", { gln: found[1] });
}

function factsOf(words, { disposition, childEPCs: children, parentID: parent, ilmd = {} }) {
  const facts = [];
  if (disposition) facts.push(words.word("disposition", String(disposition)));
  if (parent) facts.push(words.say("item.within", { parent: String(parent).split("/").at(-1), count: children?.length ?? 0 }));
  for (const [name, key] of [["cbvmda:lotNumber", "item.lot"], ["cbvmda:itemExpirationDate", "item.expires"], ["cbvmda:countryOfOrigin", "item.origin"]]) {
    if (Object.hasOwn(ilmd, name)) facts.push(words.say(key, { value: ilmd[name] }));
  }
  return facts;
}

function foot(words, { by, standing, block, event_hash: hash }) {
  const said = words.say("item.by", { by, standing: words.word("standing", standing), block: words.number(block) });
  return el("p", { class: "foot" }, said, " ", code(`${hash.slice(0, 18)}…`));
}
