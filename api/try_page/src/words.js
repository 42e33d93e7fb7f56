/** The page's two languages, and how numbers, money and times are written in them. */
import en from "../messages/en.json";
import zh from "../messages/zh.json";

const MESSAGES = { en, zh };
const TAGS = { en: "en", zh: "zh-CN" };
const FEN = 100n;

/** The language to begin with. */
export const firstLanguage = () => (navigator.languages?.[0] ?? navigator.language ?? "en").toLowerCase().startsWith("zh") ? "zh" : "en";

/** Everything that writes in one language. */
export class Words {
  constructor(language) {
    this.language = language;
    this.tag = TAGS[language];
    this.numbers = new Intl.NumberFormat(this.tag);
  }

  /** The sentence of this key, its `{names}` filled in. Throws where there is none: a test looks for every key. */
  say(key, values = {}) {
    const sentence = MESSAGES[this.language][key];
    if (sentence === undefined) throw new Error(`no sentence ${key}`);
    return sentence.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }

  /** The word for a name of the format; the name itself where there is no word. */
  word(group, name) {
    return MESSAGES[this.language][`${group}.${name}`] ?? name;
  }

  /** A whole number (text or number) with its groups. */
  number(value) {
    return this.numbers.format(typeof value === "number" ? value : BigInt(value));
  }

  /** Fen as yuan. */
  yuan(fen) {
    const amount = BigInt(fen);
    const size = amount < 0n ? -amount : amount;
    return `${amount < 0n ? "−" : ""}¥${this.numbers.format(size / FEN)}.${String(size % FEN).padStart(2, "0")}`;
  }

  /** Basis points as a percentage. */
  percent(bps) {
    return `${Number(bps) / 100} %`;
  }

  /** Unix seconds, in UTC. */
  time(seconds) {
    return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  }

  /** How long ago, in words. */
  ago(seconds) {
    const size = Math.abs(seconds);
    const [unit, each] = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]].find(([, length]) => size >= 2 * length) ?? ["second", 1];
    return new Intl.RelativeTimeFormat(this.tag, { numeric: "always" }).format(-Math.trunc(seconds / each), unit);
  }
}
