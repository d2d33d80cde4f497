// The end: the answers leave the browser by upload, as a file or over the clipboard, and only then comes the code.
import { drawDone } from "./drawings.js";
import { announce, el, show, text } from "./dom.js";
import { download, fileName, rows } from "./export.js";
import { upload } from "./upload.js";

/** For those who come back after everything was handed over and cleared. */
export function donePage(contact) {
  show(el("section", { class: "sheet narrow end" },
    drawDone(), el("h1", {}, text("end_heading")), el("p", { class: "lead" }, text("already")), contact()));
}

/** Where participants go from here; `{id}` in the address stands for who took part, as the service that sent them named them. */
function completion(study, { subject_id }) {
  const way = study.completion_url?.replaceAll("{id}", encodeURIComponent(subject_id));
  return el("section", { class: "completion", "aria-labelledby": "completion-heading" },
    el("h2", { id: "completion-heading" }, text("completion_heading")),
    study.completion_code ? el("p", {}, text("completion_code"), el("strong", { class: "code" }, study.completion_code)) : "",
    way ? el("p", {}, el("a", { class: "primary", href: way, rel: "noreferrer" }, text("completion_link"))) : "");
}

/** content: the rows of the participant's file. */
export function endPage(study, session, contact, content = rows(study, session.state)) {
  const name = fileName(study, session.state);
  const returning = session.restored && (session.state.saved || session.state.uploaded);
  const lead = el("p", { class: "lead", role: "status" });
  const send = el("p", {}, text("end_send"));
  const again = el("button", { type: "button", class: "secondary", onclick: save }, text(session.state.saved ? "save_again" : "save"));
  const copy = el("button", { type: "button", class: "secondary", onclick: copied }, text("copy"));
  const retry = el("button", { type: "button", class: "primary", hidden: true, onclick: () => transfer() }, text("send_again"));
  const plain = el("textarea", { readonly: true, rows: 6, hidden: true, "aria-label": name });
  const rest = el("div", {});
  let sending = false;

  function tell(key, values = {}) {
    lead.textContent = text(key, { total: study.questions.length, file: name, ...values });
  }

  function settle() {
    session.finish();
    if ((study.completion_code || study.completion_url) && !rest.firstChild) rest.append(completion(study, session.state));
  }

  function save() {
    download(name, content);
    session.update({ saved: true });
    again.textContent = text("save_again");
    if (!study.upload_url) settle();
  }

  async function copied() {
    try {
      await navigator.clipboard.writeText(JSON.stringify(content));
      copy.textContent = text("copied");
      announce(text("copied"));
    } catch {
      // No clipboard here: the text is shown, selected, to be copied by hand.
      plain.hidden = false;
      plain.value = JSON.stringify(content);
      plain.focus();
      plain.select();
    }
  }

  async function transfer() {
    if (sending) return;
    sending = true;
    retry.hidden = true;
    send.hidden = true;
    tell("uploading");
    const stored = await upload(study, session, content);
    sending = false;
    if (session.moved) return;
    if (stored) {
      session.update({ uploaded: true });
      tell("uploaded");
      settle();
      return;
    }
    retry.hidden = false;
    send.hidden = false;
    if (!session.state.saved) save();
    tell("upload_failed");
    window.addEventListener("online", () => transfer(), { once: true });
  }

  show(el("section", { class: "sheet narrow end" },
    drawDone(), el("h1", {}, text("end_heading")),
    returning ? el("p", { class: "kicker" }, text("already")) : "",
    lead, send, rest, el("div", { class: "actions" }, retry, again, copy), plain, contact()));

  if (study.upload_url && !session.state.uploaded) transfer();
  else if (study.upload_url) {
    send.hidden = true;
    tell("uploaded");
    settle();
  } else {
    tell("end_lead");
    if (session.state.saved) settle();
    else save();
  }
}
