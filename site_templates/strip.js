// On narrow windows the explanation scrolls away while options are picked: then a strip above them holds it in view, small,
// and opens it in full.
import { el, text } from "./dom.js";

const OPENED = "explanation"; // marks the entry of the browser's history that an opened explanation adds

/**
 * The strip's button, to stand in `head`, the row above the options, and the dialog that it opens. The explanation itself
 * (`shown`, with its slider) moves into the dialog and back: what is seen and set there is seen and set, and timed, as ever.
 * thumbnails: what the button shows; pictures: what it stands for when more than half of it has scrolled away; onClose: told when
 * the explanation has moved back. style.css says for which windows there is a strip.
 */
export function strip({ place, head, shown, pictures, thumbnails, onClose }) {
  const headingId = `opened-${place}`;
  const close = el("button", { type: "button", class: "secondary", autofocus: true, onclick: () => dialog.close() }, text("strip_close"));
  const dialog = el("dialog", { class: "opened", "aria-labelledby": headingId },
    el("div", { class: "opened-head" }, el("h2", { id: headingId }, text("attribution_heading")), close));
  const button = el("button", { type: "button", class: "strip-open", "aria-label": text("strip_open"), "aria-haspopup": "dialog", onclick: open },
    thumbnails, el("span", { class: "more", "aria-hidden": "true" }));
  let away = false;

  // A button that has the focus stays: the focus would be lost with it.
  function refresh() {
    head.classList.toggle("away", away || document.activeElement === button);
  }

  const goneBack = () => dialog.close();

  function open() {
    const home = shown.parentElement;
    home.style.minHeight = `${home.getBoundingClientRect().height}px`; // nothing moves under the dialog
    dialog.append(shown);
    dialog.showModal();
    // The way back closes it, as it does on a phone with whatever lies over a page.
    if (history.state !== OPENED) history.pushState(OPENED, "");
    window.addEventListener("popstate", goneBack);
    dialog.addEventListener("close", () => {
      window.removeEventListener("popstate", goneBack);
      home.append(shown);
      home.style.minHeight = "";
      onClose();
      if (history.state === OPENED) history.back();
    }, { once: true });
  }

  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // beside it: on its backdrop
  button.addEventListener("blur", refresh);
  new IntersectionObserver((entries) => {
    if (dialog.open) return;
    const { intersectionRatio, boundingClientRect } = entries.at(-1);
    away = intersectionRatio < 0.5 && boundingClientRect.top < 0;
    refresh();
    // What is still to come, below the window, counts as in view: a jump over it is then told too.
  }, { threshold: [0, 0.5], rootMargin: "0px 0px 1000000px 0px" }).observe(pictures);
  return { button, dialog };
}
