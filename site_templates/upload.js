// Sending the answers to an endpoint that follows DataPipe's contract: POST JSON {experimentID, filename, data};
// 201 (stored) and 202 (queued) are success.
import { fileName } from "./export.js";

const WAITS = [1000, 3000, 9000]; // ms between attempts
const PATIENCE = 20000; // ms for one answer

const pause = (time) => new Promise((done) => setTimeout(done, time));

/** POST this body; resolves to whether it was taken, false too when no answer comes in time. options: of fetch. */
export async function send(study, body, { signal, ...options } = {}) {
  const controller = new AbortController();
  const limit = setTimeout(() => controller.abort(), PATIENCE);
  signal?.addEventListener("abort", () => controller.abort());
  try {
    const response = await fetch(study.upload_url, {
      method: "POST", headers: { "Content-Type": "application/json", Accept: "*/*" }, body,
      credentials: "omit", referrerPolicy: "no-referrer", signal: controller.signal, ...options,
    });
    return response.status === 201 || response.status === 202;
  } catch {
    return false;
  } finally {
    clearTimeout(limit);
  }
}

/** One attempt; every attempt has a file name of its own, since endpoints refuse a name they have seen. */
function attempt(study, session, content) {
  session.update({ attempts: session.state.attempts + 1 });
  const { attempts } = session.state;
  const name = fileName(study, session.state);
  const body = {
    experimentID: study.upload_experiment,
    filename: attempts === 1 ? name : name.replace(/\.json$/, `_${attempts}.json`),
    data: JSON.stringify(content),
  };
  return send(study, JSON.stringify(body));
}

/** Send the answers, trying again with growing pauses; resolves to whether they are stored. */
export async function upload(study, session, content) {
  for (const wait of [...WAITS, null]) {
    if (session.moved) return false;
    if (await attempt(study, session, content)) return true;
    if (wait !== null) await pause(wait);
  }
  return false;
}
