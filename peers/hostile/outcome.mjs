// What a client got for one request.

/** The JSON-RPC messages of a body: of JSON, or of the events of a stream. Nothing where one of them is cut off. */
function messages(text) {
  const parts = /^\s*[[{]/.test(text) ? [text] : [...text.matchAll(/^data: ?(.*)$/gm)].map(([, data]) => data);
  try {
    return parts.flatMap((part) => JSON.parse(part));
  } catch {
    return undefined;
  }
}

/**
 * The outcome of the request with that id, by the status and the body that came back.
 *
 * @returns 'result' or 'error'; anything else says why that is not the one outcome which a request has
 */
export function outcome(id, status, text) {
  const all = messages(text);
  if (!all) return `a body that is cut off: ${text.slice(-100)}`;
  // A request that is refused before its body is read gets an error without an id.
  const isOwn = (each) => each.id === id || (each.id === null && status >= 400);
  const own = all.filter((each) => isOwn(each) && ('result' in each || 'error' in each));
  if (own.length !== 1) return `${own.length} responses, with status ${status}`;
  return 'result' in own[0] ? 'result' : 'error';
}
