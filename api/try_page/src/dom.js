/** Elements without any HTML text: what a bundle says can be no markup. */

const SVG = "http://www.w3.org/2000/svg";

/** An element. `attributes`: `on…` are listeners, true and false set or leave out, `style` is set as CSSOM has it (the page's policy allows no such attribute), others are text. Children: nodes or texts. */
export function el(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same in SVG. */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") element.style.cssText = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null));
  return element;
}

/** Puts `children` in the place of what `element` holds. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter((child) => child !== null));
}

/** A value as code: it may break anywhere. */
export const code = (text) => el("code", {}, text);
