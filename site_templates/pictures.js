// Loading pictures: shown only when decoded, asked for again when they fail, and fetched a question ahead.

const WAITS = [500, 1500, 4000, 8000]; // ms before a picture that failed is asked for again; then every 8 s

/** Whether fewer bytes arrived than the picture has; browsers decode what there is of it without a complaint. */
function cutShort(image, bytes) {
  const arrived = performance.getEntriesByName(image.currentSrc).at(-1)?.encodedBodySize;
  return Boolean(arrived) && arrived < bytes;
}

/**
 * Resolves when the image is decoded, whole. One that is missing, broken or cut short is asked for again; from the second
 * failure on `onFailed` is told each time, and trying goes on for as long as the image is on the page.
 * bytes: the size of the file.
 */
export async function decoded(image, bytes, onFailed) {
  const source = image.getAttribute("src");
  for (let failures = 0; ; ) {
    try {
      await image.decode();
      // A proxy that makes pictures smaller must not keep anybody waiting for ever.
      if (failures >= WAITS.length || !cutShort(image, bytes)) return;
    } catch {
      if (!image.isConnected) return;
    }
    failures += 1;
    if (failures >= 2) onFailed();
    await new Promise((done) => setTimeout(done, WAITS[Math.min(failures, WAITS.length) - 1]));
    image.src = `${source}?again=${failures}`; // another address, or the browser would answer with the same failure
  }
}

let ahead = []; // holds on to the pictures fetched ahead, or the browser may let go of them

/** Have the browser fetch the pictures of a question, if there is one. */
export function preload(question) {
  ahead = question ? [...question.attributions, ...question.options].map(({ src }) => {
    const image = new Image();
    image.src = src;
    return image;
  }) : [];
}
