/** The three lines of a verdict: the verifier's own sentences in English, the same said in Chinese. */
import { NOT_PROVEN, supportsOf } from "../../verifier_js/src/sentences.js";

/** `{ unchanged, complete, issuer }`; the last two null where the question has no such line. */
export function linesOf(words, question, verdict) {
  return words.language === "zh" ? chinese(question, verdict) : supportsOf(question, verdict);
}

/** What no bundle proves, a sentence each. */
export function notProven(words) {
  return NOT_PROVEN.map((_, at) => words.say(`notProven.${at}`));
}

function chinese(question, { block, header_height: height, signed_power: signed, total_power: total, answer }) {
  const under = BigInt(height) - 1n;
  const way = BigInt(block) === under ? "" : `（该区块的哈希由区块 ${under} 保存）`;
  const [family] = question.view.split("/");
  return { unchanged: `与区块 ${block} 所载一致${way}，${total} 份投票权中有 ${signed} 份签署`, ...CHINESE[family](question, answer) };
}

const CHINESE = {
  "item-events": (_, { count, events, others }) => ({ complete: all(count, "条事件") + ofOthers(others) + missing(events), issuer: posters(events) }),
  settlement: (_, { count, settlements }) => ({ complete: all(count, "笔结算"), issuer: posters(settlements) }),
  "stock-lots": ({ parameters: { first, limit } }, { count }) => ({ complete: lots(BigInt(first), BigInt(limit), BigInt(count)), issuer: null }),
};

const all = (count, noun) => (count === "0" ? `账本上没有任何${noun.slice(1)}` : `全部 ${count} ${noun}，按顺序，无一遗漏`);

function lots(first, limit, count) {
  const end = first + limit < count ? first + limit : count;
  if (first === 0n && end === count) return `账本所知该商品的全部 ${count - 1n} 个批次，以及未注明批次的货物`;
  return `第 ${first} 至 ${end - 1n} 号批次（共 0 至 ${count - 1n} 号），中间无一遗漏`;
}

function ofOthers(others) {
  if (others === null) return "；只列出所问组织登记的事件";
  const counts = others.map(({ count }) => BigInt(count)).filter((count) => count > 0n);
  return `；另有 ${counts.length} 个其他组织登记的 ${counts.reduce((sum, count) => sum + count, 0n)} 条事件`;
}

function missing(events) {
  const nothing = events.filter(({ event }) => event === null).length;
  const some = events.filter(({ withheld }) => withheld?.length > 0).length;
  return (nothing > 0 ? `；${nothing} 条事件未给出内容：其哈希已证明，内容未证明` : "") + (some > 0 ? `；${some} 条事件隐去了部分字段` : "");
}

function posters(entries) {
  const accounts = [...new Set(entries.map(({ poster }) => poster))].sort();
  if (accounts.length === 0) return null;
  const rest = accounts.length > 3 ? ` 等 ${accounts.length} 个账户` : "";
  return `由 ${accounts.slice(0, 3).join("、")}${rest} 提交，提交时均已获联盟合约准入`;
}
