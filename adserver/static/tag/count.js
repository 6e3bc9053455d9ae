// Counting: events in batches, sent again while the server cannot count them; it counts none twice.

// So long that impressions leave together with the first that were viewable: a request takes a phone's page 3 to 10 ms.
const BATCH_WINDOW = 1500;
const TRIES = 5;
const waiting = new Set(); // batches of events that are not under way
let batch;

function report(kind, token) {
  if (!batch) hold(batch = {lines: [], tries: 1}, BATCH_WINDOW);
  batch.lines.push(kind + ' ' + token);
}

function hold(held, delay) {
  held.timer = setTimeout(post, delay, held);
  waiting.add(held);
}

function release(held) {
  clearTimeout(held.timer);
  waiting.delete(held);
  if (batch === held) batch = null;
  return held.lines.join('\n');
}

function post(held) {
  const body = release(held);
  const again = delay => {
    // While the browser knows that it is offline, nothing was tried.
    const tries = held.tries += navigator.onLine;
    if (tries <= TRIES) hold(held, delay * 1000 + 2 ** tries * 250 * (1 + Math.random()));
  };
  request('v1/events', {method: 'POST', body, keepalive: true}).then(answer => {
    const {status} = answer; // and its headers only where they are needed: that they are made for us takes time
    notes.push({lines: held.lines, status});
    if (status >= 500) again(answer.headers.get('Retry-After'));
    else if (body.includes('view ')) setTimeout(() => schedule(isAnew = 1), COUNTED_WITHIN);
  }, () => again(0));
}

// A phone may end a page in the background without another word.
function turn() {
  for (const slot of slots.values()) judge(slot);
  if (isShown()) for (const next of unseen.splice(0)) next();
  else if (batch) post(batch);
}

function leave() {
  waiting.forEach(held => navigator.sendBeacon(home + 'v1/events', release(held)));
  // Back from the back/forward cache is a new view of the article; its ads were counted.
  addEventListener('pageshow', () => ad.article(article), {once: true});
}

function comeOnline() {
  waiting.forEach(post);
  want(failed);
  failed.clear();
}
