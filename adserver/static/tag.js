/*
Fills a page's ad slots and counts what was seen. No cookie, no storage, no dependency.

  <script async src="https://ads.example/tag.js" data-site="demo-haber" data-article="42" data-kv-city="Antalya"></script>
  <div data-ad-slot="top"></div>   <span data-article-views></span>

data-kv-NAME="value" on the script holds for the page, on a slot's element for that slot; "a|b" are two values.
data-ad-collapse on a slot lets it vanish in the reader's sight when it stays empty. data-debug on the script, or
?adserver_debug=1 in the page's address, says on each slot what is in it or why nothing is.

  window.adserver = window.adserver || {cmd: []};
  adserver.cmd.push(ad => ad.set("section", "yerel"));

What is pushed before the tag has arrived runs before the first request, later at once. `ad` knows:
  set(name, value)   a key-value of the page; a list is several values, null takes it away
  scan()             fill slots and article counts that came into the page later
  refresh(name?)     ask anew for the slots of this name, or for all
  destroy(name)      empty the slots of this name and forget them
  article(id)        the reader came to another article (endless scroll, single-page app): count its view
  on(event, listen)  "rendered", "empty", "viewable"; listen({slot, element, campaign, creative, why})

All slots go into one request; slots whose own key-values differ, or that share a name, need one each.
*/
(() => {
  'use strict';
  const script = document.currentScript;
  const ad = window.adserver = window.adserver || {cmd: []};
  if (ad.scan || !script || !script.src) return;

  const PARSER_PATIENCE = 1000; // all times are milliseconds
  const SLOTS_A_REQUEST = 16, ARTICLES_A_REQUEST = 50, VALUE_LENGTH = 40, PAGE_LENGTH = 2000; // the server's limits
  const BATCH_WINDOW = 50, TRIES = 5, LONGEST_WAIT = 30000;
  const COUNTED_WITHIN = 5000; // a counted view shows in /v1/views after the flush: 2 s, and 3 s at most
  const LARGE_AREA = 242500, VIEWABLE_AFTER = 1000; // MRC: half of it for a second, 30 % of a large ad
  // :where() weighs nothing: any rule of the page for these classes wins.
  const STYLE = ':where([data-ad-slot]){display:grid;align-content:center}' +
    ':where(.adserver-ad){position:relative;min-width:0}' +
    ':where(.adserver-label){font:11px/20px system-ui,sans-serif;letter-spacing:.06em;text-align:center;opacity:.7}' +
    '.adserver-debug{position:absolute;bottom:0;left:0;background:#ffd;color:#000;font:11px/16px monospace}';

  const EVENTS = new URL('v1/events', script.src);
  const site = script.dataset.site;
  const debug = 'debug' in script.dataset || /[?&]adserver_debug=1/.test(location.search);
  const values = Object.assign({referrer: document.referrer.split('/').slice(2, 3)}, valuesOf(script));
  const slots = new Map(); // by element
  const wanted = new Set(); // slots for the next request
  const waiting = new Set(); // batches of events that are not under way
  const listeners = {rendered: [], empty: [], viewable: []};
  let article = script.dataset.article, viewWanted = article;
  let started = false, rounds = 0, patience, asking, batch;

  // When: nothing is asked for before a reader sees the page, so no decision grows old in a background tab.

  const isShown = () => document.visibilityState === 'visible' && !document.prerendering;

  function whenShown(next) {
    if (isShown()) return next();
    const change = document.prerendering ? 'prerenderingchange' : 'visibilitychange';
    document.addEventListener(change, () => whenShown(next), {once: true});
  }

  // One request for all slots needs the parser's end, which comes before deferred scripts and pictures. Where a slow
  // script holds the parser up, what is there is asked for, and the rest later.
  function start() {
    if (document.readyState !== 'loading') return begin();
    document.addEventListener('readystatechange', begin, {once: true});
    patience = setTimeout(begin, PARSER_PATIENCE);
  }

  function begin() {
    clearTimeout(patience);
    started = true;
    scan();
  }

  // Asking

  function scan() {
    for (const slot of slots.values()) if (!slot.element.isConnected) forget(slot);
    for (const element of document.querySelectorAll('[data-ad-slot]')) {
      const isDisplayed = element.getClientRects().length;
      if (isDisplayed && !slots.has(element)) slots.set(element, {name: element.dataset.adSlot, element});
    }
    for (const slot of slots.values()) if (!('round' in slot)) wanted.add(slot);
    schedule();
    if (started) showViews();
  }

  function forget(slot) {
    slot.round = 0;
    wanted.delete(slot);
    slots.delete(slot.element);
    clear(slot);
    slot.box.remove();
  }

  function schedule() {
    clearTimeout(asking);
    if (started) asking = setTimeout(guarded, 0, ask);
  }

  function ask() {
    const requests = grouped(wanted);
    wanted.clear();
    if (viewWanted && !requests.length) requests.push({query: queryOf(script), slots: []});
    for (const {query, slots} of requests) {
      send(slots, 'v1/ads?' + pageQuery(slots, query));
      viewWanted = false;
    }
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
    const own = Object.assign({}, values, valuesOf(element));
    const query = new URLSearchParams();
    for (const name of Object.keys(own).sort()) {
      for (const value of [].concat(own[name])) query.append('kv.' + name, String(value).slice(0, VALUE_LENGTH));
    }
    return query.toString();
  }

  function valuesOf(element) {
    const found = {};
    for (const {name, value} of element.attributes) {
      if (name.startsWith('data-kv-') && value) found[name.slice(8)] = value.split('|');
    }
    return found;
  }

  function pageQuery(slots, keyValues) {
    const canonical = document.querySelector('link[rel=canonical]');
    const page = canonical ? canonical.href : location.href.split('#')[0];
    const query = new URLSearchParams(keyValues);
    query.set('site', site);
    query.set('slots', slots.map(({name}) => name));
    query.set('page', page.slice(0, PAGE_LENGTH));
    query.set('w', document.documentElement.clientWidth);
    if (viewWanted) query.set('article', article);
    return query;
  }

  function send(slots, path) {
    const round = ++rounds; // an answer that a newer request has overtaken is dropped
    for (const slot of slots) slot.round = round;
    const fill = decide => {
      for (const slot of slots) if (slot.round === round) guarded(() => decide(slot));
    };
    get(path).then(answer => {
      if (answer.view) report('view', answer.view);
      fill(slot => {
        const creative = answer.slots[slot.name];
        if (creative) render(slot, creative);
        else leaveEmpty(slot, answer.why[slot.name]);
      });
    }, error => fill(slot => leaveEmpty(slot, error.message)));
  }

  function get(path) {
    return fetch(new URL(path, script.src), {credentials: 'omit'}).then(answer => {
      if (!answer.ok) throw new Error('HTTP ' + answer.status);
      return answer.json();
    });
  }

  // Rendering, in a box of our own that never shrinks in the reader's sight

  function render(slot, creative) {
    const isFrame = creative.kind === 'html';
    const media = isFrame ? frameOf(creative) : pictureOf(creative);
    media.onload = () => {
      media.onload = null;
      requestAnimationFrame(() => whenShown(() => rendered(slot, creative, media)));
    };
    media.onerror = () => leaveEmpty(slot, 'broken-image', creative);
    clear(slot);
    const label = make('div', {className: 'adserver-label', textContent: creative.label});
    slot.box.append(label, isFrame ? media : linked(media, creative));
    explain(slot, `${creative.campaign}/${creative.creative} ${creative.width}x${creative.height}`);
  }

  // Lazy: loads, and so is counted, when it comes near the viewport; never in a slot that is not displayed.
  function pictureOf({image, alt, width, height}) {
    return sized(width, 'auto', make('img', {alt, width, height, loading: 'lazy', src: image}));
  }

  // Margins by attribute, as srcdoc is under the page's content security policy, which may forbid styles.
  function frameOf({html, alt, label, width, height}) {
    return sized(width, height + 'px', make('iframe', {
      title: alt || label, loading: 'lazy', scrolling: 'no', marginWidth: 0, marginHeight: 0,
      sandbox: 'allow-scripts allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation',
      srcdoc: '<!doctype html><meta charset="utf-8"><base target="_blank">' + html
    }));
  }

  function linked(media, {click, width}) {
    const link = make('a', {href: click, target: '_blank', rel: 'sponsored noopener'});
    link.append(media);
    return sized(width, 'auto', link);
  }

  // Inline, so that a page's rules for the pictures and links of its articles do not stretch a creative.
  function sized(width, height, element) {
    const size = `width:${width}px;max-width:100%;height:${height}`;
    element.style.cssText = `display:block;${size};margin:0 auto;padding:0;border:0`;
    return element;
  }

  function rendered(slot, creative, media) {
    if (!slot.box.contains(media)) return;
    report('impression', creative.token);
    emit('rendered', slot, creative);
    watch(slot, media, () => {
      slot.stop();
      report('viewable', creative.token);
      emit('viewable', slot, creative);
    });
  }

  function leaveEmpty(slot, why, creative = {}) {
    clear(slot);
    const {element} = slot;
    const isBelow = element.getBoundingClientRect().top >= window.innerHeight;
    if (!debug && (isBelow || 'adCollapse' in element.dataset)) {
      slot.display = element.style.display;
      element.style.display = 'none';
    }
    explain(slot, why);
    emit('empty', slot, creative, why);
  }

  function clear(slot) {
    if (slot.stop) slot.stop();
    if ('display' in slot) slot.element.style.display = slot.display;
    if (!slot.box) slot.element.append(slot.box = make('div', {className: 'adserver-ad'}));
    slot.box.style.minHeight = slot.box.offsetHeight + 'px';
    slot.box.textContent = '';
  }

  function explain(slot, text) {
    if (debug) slot.box.append(make('div', {className: 'adserver-debug', textContent: `${slot.name}: ${text}`}));
  }

  function make(name, properties) {
    return Object.assign(document.createElement(name), properties);
  }

  // A content security policy allows this. Safari before 16.4 has it not and shows labels plain.
  function addStyle() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }

  // Viewable: the tab in front is the focused one. document.hasFocus() would be false while the reader's caret is in
  // the address bar.

  function watch(slot, media, done) {
    const share = media.offsetWidth * media.offsetHeight >= LARGE_AREA ? 0.3 : 0.5;
    let isInView, timer;
    const judge = () => {
      clearTimeout(timer);
      if (isInView && isShown()) timer = setTimeout(done, VIEWABLE_AFTER);
    };
    const observer = new IntersectionObserver(entries => {
      isInView = entries.pop().intersectionRatio >= share;
      judge();
    }, {threshold: share});
    slot.stop = () => {
      clearTimeout(timer);
      observer.disconnect();
      document.removeEventListener('visibilitychange', judge);
    };
    document.addEventListener('visibilitychange', judge);
    observer.observe(media);
  }

  // Events, in batches, sent again while the server cannot count them; it counts none twice

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
      const backoff = 2 ** tries * 500 * (1 + Math.random());
      if (tries < TRIES) hold(lines, tries + 1, Math.min(LONGEST_WAIT, retryAfter * 1000 + backoff));
    };
    fetch(EVENTS, {method: 'POST', body: lines.join('\n'), keepalive: true, credentials: 'omit'})
      .then(answer => {
        if (answer.status >= 500) again(Number(answer.headers.get('Retry-After')));
        else if (lines.some(line => line.startsWith('view '))) setTimeout(showViews, COUNTED_WITHIN);
      }, () => again(0));
  }

  function leave() {
    for (const held of waiting) navigator.sendBeacon(EVENTS, release(held).lines.join('\n'));
  }

  // Article views

  function showViews() {
    const elements = [...document.querySelectorAll('[data-article-views]')];
    const articleOf = element => element.dataset.articleViews || article;
    const articles = [...new Set(elements.map(articleOf))].filter(Boolean);
    const show = counts => {
      const number = new Intl.NumberFormat(document.documentElement.lang || undefined);
      for (const element of elements) {
        const count = counts[articleOf(element)];
        if (count !== undefined) element.textContent = number.format(count);
      }
    };
    while (articles.length) {
      const query = new URLSearchParams(articles.splice(0, ARTICLES_A_REQUEST).map(id => ['article', id]));
      get(`v1/views/${site}?${query}`).then(show).catch(complain);
    }
  }

  // The page's side

  function emit(event, slot, {campaign, creative}, why) {
    const detail = {slot: slot.name, element: slot.element, campaign, creative, why};
    for (const listen of listeners[event]) guarded(() => listen(detail));
  }

  function guarded(run) {
    try {
      run();
    } catch (error) {
      complain(error);
    }
  }

  function complain(error) {
    console.warn('adserver:', error);
  }

  function run(...commands) {
    for (const command of commands) guarded(() => command(ad));
  }

  function named(name) {
    return [...slots.values()].filter(slot => !name || slot.name === name);
  }

  Object.assign(ad, {
    set(name, value) {
      values[name] = value === null || value === undefined ? [] : value;
    },
    scan,
    refresh(name) {
      for (const slot of named(name)) wanted.add(slot);
      schedule();
    },
    destroy: name => named(name).forEach(forget),
    article(id) {
      article = viewWanted = id;
      schedule();
    },
    on: (event, listen) => listeners[event].push(listen)
  });

  guarded(addStyle);
  guarded(() => {
    run(...ad.cmd || []);
    ad.cmd = {push: run};
    window.addEventListener('pagehide', leave);
    // Back from the back/forward cache is a new view of the article; its ads were counted.
    window.addEventListener('pageshow', ({persisted}) => {
      if (persisted && article) ad.article(article);
    });
    whenShown(start);
  });
})();
