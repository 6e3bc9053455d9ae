// Asking: one request for all slots; those whose own key-values differ, or that share a name, need one each.

// Asks for lazy slots, and for those in a hidden panel once that is shown; tells what waits that a frame was laid out.
const near = new IntersectionObserver(entries => {
  for (const run of laidOut.splice(0)) guarded(run);
  for (const {target, isIntersecting} of entries) {
    if (!isIntersecting || target === root) continue;
    near.unobserve(target);
    want([slots.get(target)]);
  }
}, {rootMargin: '150%'});

function scan() {
  scanning = 0;
  if (!started) return;
  schedule();
  showViews();
  afterLayout(place);
}

function meetAll() {
  for (const slot of slots.values()) {
    const {element, name} = slot;
    if (element.isConnected && element.dataset.adSlot === name) continue;
    empty(slot);
    slots.delete(element);
  }
  for (const element of document.querySelectorAll('[data-ad-slot]')) if (!slots.has(element)) meet(element);
  for (const element of document.querySelectorAll('[data-most-read],[data-refresh]')) {
    if (!parts.has(element)) load('mostRead' in element.dataset ? 'list' : 'refresh', element);
    parts.add(element);
  }
}

function meet(element) {
  const slot = {name: element.dataset.adSlot, element};
  slots.set(element, slot);
  if ('lazy' in element.dataset || !element.getClientRects().length) near.observe(element);
  else wanted.add(slot);
}

function empty(slot) {
  slot.round = 0;
  wanted.delete(slot);
  near.unobserve(slot.element);
  clear(slot);
  slot.box.remove();
  slot.box = null;
}

function want(more) {
  for (const slot of more) if (slot) wanted.add(slot);
  schedule();
}

function schedule() {
  if (!started || asking) return;
  asking = true;
  whenShown(() => ready.then(() => afterLayout(ask)));
}

function ask() {
  asking = false;
  meetAll();
  if (capped.length && wanted.size) return withCaps(schedule);
  const requests = grouped([...wanted]);
  wanted.clear();
  if (viewWanted && !requests.length) requests.push({query: queryOf(script), slots: []});
  for (const {query, slots} of requests) send(slots, query);
}

function grouped(wanted) {
  const requests = [];
  for (const slot of wanted) {
    const query = queryOf(slot.element);
    let request = requests.find(other => other.query === query && other.slots.length < SLOTS_A_REQUEST &&
      other.slots.every(({name}) => name !== slot.name));
    if (!request) requests.push(request = {query, slots: []});
    request.slots.push(slot);
  }
  return requests;
}

function queryOf(element) {
  const own = {...values, ...valuesOf(element)};
  let query = '';
  for (const name of Object.keys(own).sort()) {
    for (const value of [].concat(own[name])) {
      query += '&' + new URLSearchParams([['kv.' + name, String(value).slice(0, VALUE_LENGTH)]]);
    }
  }
  return query;
}

function valuesOf(element) {
  const found = {};
  for (const name of element.getAttributeNames()) {
    const value = name.startsWith('data-kv-') && element.getAttribute(name);
    if (value) found[name.slice(8)] = value.split('|');
  }
  return found;
}

function pageAddress() {
  const canonical = document.querySelector('link[rel=canonical]');
  return (canonical ? canonical.href : location.href.split('#')[0]).slice(0, PAGE_LENGTH);
}

function send(slots, keyValues) {
  const ofView = viewWanted, round = ++rounds; // an answer that a newer request has overtaken is dropped
  viewWanted = '';
  const query = new URLSearchParams({
    site, slots: slots.map(({name}) => name), page: pageAddress(), w: root.clientWidth,
    ...ofView && {article}, ...caps && {capped: caps.capped()}
  }) + keyValues;
  const fill = decide => {
    for (const slot of slots) if (slot.round === round) guarded(decide, slot);
  };
  for (const slot of slots) {
    slot.round = round;
    notes.push({slot, query});
  }
  get('v1/ads?' + query).then(answer => answer.json()).then(answer => {
    if (answer.view) report('view', answer.view);
    fill(slot => {
      const creative = answer.slots[slot.name];
      if (creative) render(slot, creative);
      else leaveEmpty(slot, answer.why[slot.name]);
    });
  }, error => {
    viewWanted = viewWanted || ofView;
    fill(slot => {
      failed.add(slot);
      leaveEmpty(slot, error.message);
    });
  });
}

function get(path) {
  return fetch(home + path, {credentials: 'omit'}).then(answer => {
    if (!answer.ok) throw new Error('HTTP ' + answer.status);
    return answer;
  });
}
