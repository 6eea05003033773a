// Talks to the server of this page: every path is relative, so that the token stays in front.

/** What the server refused, in the words it gave. */
export class Refused extends Error {}

const query = (params) => {
  const said = Object.entries(params || {}).filter(([, value]) => value !== undefined && value !== null);
  return said.length ? "?" + new URLSearchParams(said) : "";
};

let waiting = 0; // questions that are not answered

/** Called with true where answers let one wait, with false when all are there. */
export const slow = { tell: () => {} };

async function patiently(promise) {
  const timer = setTimeout(() => slow.tell(true), 600);
  waiting++;
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    if (!--waiting) slow.tell(false);
  }
}

async function ask(path, options) {
  let answer;
  try {
    answer = await patiently(fetch("api/" + path, options));
  } catch {
    throw new Refused("the server does not answer: is objclass label still running?");
  }
  if (answer.ok) return answer;
  let told = `${answer.status} ${answer.statusText}`;
  try { told = (await answer.json()).problems.join("\n"); } catch { /* no words of ours */ }
  throw new Refused(told);
}

export const get = async (path, params, signal) => (await ask(path + query(params), { signal })).json();

export const post = async (path, body) =>
  (await ask(path, asJson(body))).json();

const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, int8: Int8Array, int16: Int16Array, int32: Int32Array, float32: Float32Array, float64: Float64Array };

async function arrayOf(answer) {
  const [rows, columns] = answer.headers.get("X-Shape").split(",").map(Number);
  const values = new ARRAYS[answer.headers.get("X-Dtype")](await answer.arrayBuffer());
  return { rows, columns, values };
}

/** An array (rows, columns) as the server holds it. */
export const getArray = async (path, params, signal) => arrayOf(await ask(path + query(params), { signal }));

const asJson = (body) => ({ method: "POST", body: JSON.stringify(body ?? {}), headers: { "Content-Type": "application/json" } });

/** The objects that other settings find, and what becomes of annotations. */
export async function previewObjects(wanted) {
  const answer = await ask("preview", asJson(wanted));
  return { ...JSON.parse(answer.headers.get("X-Says")), array: await arrayOf(answer) };
}

/** Objects as points: {x, y} what the axes are, xs, ys, ids, owners (numbers of places). */
export async function getPoints(params) {
  const buffer = await (await ask("points" + query(params))).arrayBuffer();
  const length = new Uint32Array(buffer, 0, 1)[0];
  const facts = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const at = (k) => 4 + length + 4 * k * facts.n;
  return {
    ...facts, xs: new Float32Array(buffer, at(0), facts.n), ys: new Float32Array(buffer, at(1), facts.n),
    ids: new Uint32Array(buffer, at(2), facts.n), owners: new Uint32Array(buffer, at(3), facts.n),
  };
}

/** What to draw of objects: `ids` goes as uint32, columns come back one after the other. */
export async function getStyles(image, t, ids, ofClass) {
  const answer = await ask("styles" + query({ image, t, class: ofClass }), {
    method: "POST", body: new Uint32Array(ids), headers: { "Content-Type": "application/octet-stream" },
  });
  const buffer = await answer.arrayBuffer();
  const n = Number(answer.headers.get("X-Objects"));
  return {
    predicted: new Uint16Array(buffer, 0, n), annotated: new Uint16Array(buffer, 2 * n, n),
    probability: new Uint8Array(buffer, 4 * n, n), uncertainty: new Uint8Array(buffer, 5 * n, n),
    share: new Uint8Array(buffer, 6 * n, n), invalid: new Uint8Array(buffer, 7 * n, n),
  };
}

export const cutOutAddress = (params) => "api/cutout" + query(params);

/** Follow the session: `onMessage(message)`; `onLine(true | false)` when the connection comes or goes. */
export function follow(onMessage, onLine) {
  const address = new URL("api/updates", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  let wait = 250;
  const connect = () => {
    const socket = new WebSocket(address);
    socket.onopen = () => { wait = 250; onLine(true); };
    socket.onmessage = (event) => onMessage(JSON.parse(event.data));
    socket.onclose = () => {
      onLine(false);
      setTimeout(connect, wait);
      wait = Math.min(4000, wait * 2);
    };
  };
  connect();
}
