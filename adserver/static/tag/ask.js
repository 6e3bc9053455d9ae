// Asking: one request for all slots; those whose own key-values differ, or that share a name, need one each.

function ask() {
  meetAll();
  if (capped.length && wanted.size) return withCaps().then(schedule);
  const requests = [];
  for (const slot of wanted) {
    const query = queryOf(slot.element);
    let request = requests.find(other => other.query === query && other.slots.length < SLOTS_A_REQUEST &&
      other.slots.every(({name}) => name !== slot.name));
    if (!request) requests.push(request = {query, slots: []});
    request.slots.push(slot);
  }
  wanted.clear();
  if (viewWanted && !requests.length) requests.push({query: queryOf(script), slots: []});
  requests.forEach(send);
}

function meetAll() {
  for (const slot of slots.values()) {
    const {element, name} = slot;
    if (element.isConnected && element.dataset.adSlot === name) continue;
    empty(slot);
    slots.delete(element);
  }
  for (const element of document.querySelectorAll('[data-ad-slot]')) if (!slots.has(element)) meet(element);
}

function meet(element) {
  const {adSlot: name, lazy, refresh} = element.dataset;
  const slot = {name, element};
  slots.set(element, slot);
  if (refresh !== undefined && !ours.has(element)) load('refresh', element);
  ours.set(element);
  if (lazy === undefined && element.getClientRects().length) return wanted.add(slot);
  // Lazy, or in a panel that is not shown.
  near ||= new IntersectionObserver(entries => {
    for (const {target, isIntersecting} of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      want([slots.get(target)]);
    }
  }, {rootMargin: '150%'});
  near.observe(element);
}

function empty(slot) {
  slot.round = 0;
  wanted.delete(slot);
  near?.unobserve(slot.element);
  clear(slot);
  slot.box.remove();
  slot.box = undefined;
}

function want(more) {
  for (const slot of more) wanted.add(slot);
  schedule();
}

function queryOf(element) {
  const own = {...values, ...valuesOf(element)};
  let query = '';
  for (const name of Object.keys(own)) for (const value of [].concat(own[name])) {
    query += field('kv.' + name, value, VALUE_LENGTH);
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

// Cut, a text may end in half a character of those that JavaScript writes as two.
function field(name, value, most) {
  const text = String(value).slice(0, most);
  return `&${encodeURIComponent(name)}=` + encodeURIComponent(text.toWellFormed ? text.toWellFormed() : text);
}

function pageAddress() {
  const canonical = document.querySelector('link[rel=canonical]');
  return canonical ? canonical.href : location.href.split('#')[0];
}

function send({slots, query: keyValues}) {
  const ofView = viewWanted, round = ++rounds; // an answer that a newer request has overtaken is dropped
  viewWanted = '';
  const query = field('site', site) + field('slots', slots.map(({name}) => name)) +
    field('page', pageAddress(), PAGE_LENGTH) + field('w', root.clientWidth) +
    (ofView ? field('article', article) : '') + (caps ? field('capped', caps.capped()) : '') + keyValues;
  const fill = decide => {
    for (const slot of slots) if (slot.round === round) guarded(decide, slot);
  };
  for (const slot of slots) {
    slot.round = round;
    notes.push({slot, query});
  }
  get('v1/ads?' + query, answer => {
    if (answer.view) report('view', answer.view);
    fill(slot => {
      if (slot.ad) unwatch(slot);
      slot.creative = answer.slots[slot.name];
      if (slot.creative) render(slot);
      else leaveEmpty(slot, answer.why[slot.name]);
    });
  }, error => {
    viewWanted ||= ofView;
    fill(slot => {
      failed.add(slot);
      leaveEmpty(slot, error.message);
    });
  });
}

function get(path, use, refuse) {
  request(path, {credentials: 'omit'}).then(answer => {
    if (!answer.ok) throw Error('HTTP ' + answer.status);
    return answer.json().then(body => guarded(use, body));
  }).catch(refuse);
}

// Of its own, as the browser compiles the function that calls fetch once more, to know the line.
function request(path, options) {
  return fetch(home + path, options);
}
