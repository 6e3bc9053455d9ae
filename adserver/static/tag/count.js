// Counting: events in batches, sent again while the server cannot count them; it counts none twice.

const BATCH_WINDOW = 250, TRIES = 5, LONGEST_WAIT = 30000;
const EVENTS = home + 'v1/events';
const waiting = new Set(); // batches of events that are not under way
let batch;

function report(kind, token) {
  batch = batch || hold([], 1, BATCH_WINDOW);
  batch.lines.push(kind + ' ' + token);
}

function hold(lines, tries, delay) {
  const held = {lines, tries, timer: setTimeout(() => post(release(held)), delay)};
  waiting.add(held);
  return held;
}

function release(held) {
  clearTimeout(held.timer);
  waiting.delete(held);
  if (batch === held) batch = null;
  return held;
}

function post({lines, tries}) {
  const again = retryAfter => {
    // While the browser knows that it is offline, nothing was tried.
    const next = tries + navigator.onLine;
    const backoff = 2 ** next * 250 * (1 + Math.random());
    if (next <= TRIES) hold(lines, next, Math.min(LONGEST_WAIT, retryAfter * 1000 + backoff));
  };
  fetch(EVENTS, {method: 'POST', body: lines.join('\n'), keepalive: true, credentials: 'omit'})
    .then(({status, headers}) => {
      notes.push({lines, status});
      if (status >= 500) again(Number(headers.get('Retry-After')));
      else if (lines.some(line => line.startsWith('view '))) setTimeout(showViews, COUNTED_WITHIN, true);
    }, () => again(0));
}

// A phone may end a page in the background without another word.
function turn() {
  for (const slot of slots.values()) judge(slot);
  if (batch && !isShown()) post(release(batch));
}

function leave() {
  for (const held of waiting) navigator.sendBeacon(EVENTS, release(held).lines.join('\n'));
}

function comeOnline() {
  for (const held of waiting) post(release(held));
  want(failed);
  failed.clear();
}
