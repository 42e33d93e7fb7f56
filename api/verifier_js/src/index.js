export { parseAnchor } from "./anchor.js";
export { checkChain } from "./chain.js";
export { InvalidQuestion, Refusal } from "./refusal.js";
export { readQuestion, verify } from "./verify.js";
export { VIEWS } from "./views/index.js";
export { ed25519Counts } from "./ed25519.js";
export { warm } from "./warm.js";
