// Asking: one request for all slots; those whose own key-values differ, or that share a name, need one each.

function ask(questions) {
  if (capped.length && wanted.size) return withCaps().then(schedule);
  const requests = [], ofPage = queryOf();
  for (const slot of wanted) {
    const own = valuesOf(slot.element), query = own ? queryOf(own) : ofPage;
    let request = requests.find(other => other.query === query && other.slots.length < SLOTS_A_REQUEST &&
      !other.slots.some(({name}) => name === slot.name));
    if (!request) requests.push(request = {query, slots: []});
    request.slots.push(slot);
  }
  wanted.clear();
  if (viewWanted && !requests.length) requests.push({query: ofPage, slots: []});
  for (const request of requests) send(request, questions);
}

function meetAll() {
  for (const slot of slots.values()) {
    const {element, name} = slot;
    if (element.isConnected && element.dataset.adSlot === name) continue;
    empty(slot);
    slots.delete(element);
  }
  document.querySelectorAll('[data-ad-slot],[data-article-views],[data-most-read]').forEach(meet);
}

function meet(element) {
  const {adSlot: name, lazy, refresh, articleViews, mostRead} = element.dataset;
  if (name === undefined) return meetCount(element, articleViews || article, mostRead);
  if (slots.has(element)) return;
  const slot = {name, element};
  slots.set(element, slot);
  if (refresh !== undefined && !ours.has(element)) load('refresh', element);
  ours.set(element);
  if (lazy === undefined && element.checkVisibility?.()) return wanted.add(slot);
  // Lazy, or in what is not shown: a panel, closed details. Older browsers cannot tell, and wait for all.
  near ||= within('150%', slot => want([slot]));
  near.observe(element);
}

// An observer that has a slot used, once, when it is no further from the viewport.
function within(rootMargin, use) {
  const observer = new IntersectionObserver(entries => {
    for (const {target, isIntersecting} of entries) if (isIntersecting) {
      observer.unobserve(target);
      guarded(use, slots.get(target));
    }
  }, {rootMargin});
  return observer;
}

function empty(slot) {
  slot.round = 0;
  wanted.delete(slot);
  near?.unobserve(slot.element);
  soon?.unobserve(slot.element);
  clear(slot).remove();
}

function want(more) {
  for (const slot of more) wanted.add(slot);
  schedule();
}

// The slot's own come first: where there are too many, an article's last keywords are left out.
function queryOf(own) {
  return Object.entries({...own, ...values, ...own}).flatMap(([name, all]) =>
    [all].flat().map(value => field('kv.' + name, value, VALUE_LENGTH))).slice(0, VALUES_A_REQUEST).join('');
}

function valuesOf(element) {
  let found;
  for (const name of element.getAttributeNames()) {
    const value = name.startsWith('data-kv-') && element.getAttribute(name);
    if (value) (found ||= {})[name.slice(8)] = value.split('|');
  }
  return found;
}

// Cut, a text may end in half a character of those that JavaScript writes as two.
function field(name, value, most) {
  const text = String(value).slice(0, most);
  return `&${encodeURIComponent(name)}=` + encodeURIComponent(text.toWellFormed?.() ?? text);
}

function pageAddress() {
  return document.querySelector('link[rel=canonical]')?.href || document.URL.split('#')[0];
}

function send({slots, query: keyValues}, questions) {
  const ofView = viewWanted, round = ++rounds; // an answer that a newer request has overtaken is dropped
  viewWanted = '';
  let query = field('site', site) + field('slots', slots.map(({name}) => name)) +
    field('page', pageAddress(), PAGE_LENGTH) + field('w', root.clientWidth) +
    (ofView ? field('article', article) : '') + (caps ? field('capped', caps.capped()) : '') + keyValues;
  const fill = decide => {
    for (const slot of slots) if (slot.round === round) guarded(decide, slot);
  };
  for (const slot of slots) {
    slot.round = round;
    notes.push({slot, query});
  }
  const along = query.length + questions[0]?.query.length < QUERY_LENGTH && questions.shift();
  if (along) query += along.query;
  get('v1/ads?' + query, answer => {
    if (answer.view) report('view', answer.view);
    if (along) answer.views ? along.fill(answer) : askCounts(along);
    quietly(() => fill(slot => {
      unwatch(slot);
      slot.creative = answer.slots[slot.name];
      // A frame takes the page longer than all else that is here.
      if (slot.creative?.kind === 'html') {
        soon ||= within('50%', render);
        soon.observe(slot.element);
      } else if (slot.creative) render(slot);
    }));
    fill(slot => slot.creative || leaveEmpty(slot, answer.why[slot.name]));
  }, error => {
    if (along) askCounts(along);
    viewWanted ||= ofView;
    fill(slot => {
      failed.add(slot);
      leaveEmpty(slot, error.message);
    });
  });
}

function get(path, use, refuse) {
  request(path).then(answer => {
    if (answer.ok) return answer.json();
    throw Error('HTTP ' + answer.status);
  }).then(use).catch(refuse);
}

// Called without a line of ours below it: else the browser compiles a function once more, to know the line's number.
function request(path, options) {
  return Promise.resolve().then(fetch.bind(null, home + path, {credentials: 'omit', ...options}));
}
