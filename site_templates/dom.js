// Elements from plain values. Text only ever becomes text: nothing here parses markup.
/** The data that the page holds under this name. */
export const embedded = (name) => JSON.parse(document.getElementById(name).textContent);

const messages = embedded("messages");
const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set(["svg", "rect", "circle", "path", "g", "text"]);

/** A sentence of the message catalogue with its {places} filled in. */
export function text(key, values = {}) {
  return messages[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** An element: attributes by name, `on…` as listeners, null and false left out; children are nodes or text. */
export function el(tag, attributes = {}, ...children) {
  const node = DRAWN.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== ""));
  return node;
}

/** Put these nodes in place of the page. */
export function show(...nodes) {
  const page = document.getElementById("page");
  page.setAttribute("tabindex", "-1");
  page.replaceChildren(...nodes);
}

/** Run this once the page is painted; where a busy browser holds frames back for longer than 100 ms, without waiting for it. */
export function painted(run) {
  let due = true;
  const once = () => {
    if (!due) return;
    due = false;
    run();
  };
  requestAnimationFrame(once);
  setTimeout(once, 100);
}

/** Tell people who cannot see the page. */
export function announce(sentence) {
  document.getElementById("live").textContent = sentence;
}
