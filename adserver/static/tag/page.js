/*
Fills a page's ad slots and counts what was seen. No cookie, no dependency; storage only with the reader's consent.

  <script async src="https://ads.example/tag.js" data-site="demo-haber" data-article="42" data-kv-city="Antalya"></script>
  <div data-ad-slot="top"></div>   <span data-article-views></span>

The README's section on the tag lists the attributes, and what `adserver.cmd.push(ad => …)` may call.

The files of this folder are the tag, put together in the order that `delivery/tag.py` gives and inside one function, so
this one may return. What only some pages need are parts: modules that are loaded on demand and know only the page and
what they are handed, so that a part and a tag of different ages work together.
*/
const script = document.currentScript;
const ad = window.adserver ||= {cmd: []};
if (ad.scan || !script?.src) return;

const PARSER_PATIENCE = 200, SCAN_PAUSE = 50, ANSWER_PATIENCE = 8000; // all times are milliseconds
// The server's limits:
const SLOTS_A_REQUEST = 16, ARTICLES_A_REQUEST = 50, VALUES_A_REQUEST = 32;
const VALUE_LENGTH = 40, PAGE_LENGTH = 2000, QUERY_LENGTH = 8000;

const {dataset} = script;
const [home] = script.src.match(/[^?#]*[/]/); // where the addresses of the ad server begin
const root = document.documentElement;
const debug = 'debug' in dataset || document.URL.includes('adserver_debug');
const notes = debug ? [] : {push() {}};
const values = {referrer: document.referrer.split('/').slice(2, 3), ...valuesOf(script)};
const slots = new Map(); // by element
const wanted = new Set(), failed = new Set(); // slots for the next request, and for the next when we are online again
const ours = new WeakMap(); // elements that we put something into, counts with their article, ads with their slot
const unseen = []; // what waits for the reader
const capped = []; // what was shown with caps, until the part that remembers it is there
let article = dataset.article, viewWanted = article;
let near, soon, changes, ready, caps, styled, placing, scanning, asking, again, isAnew, started = 0;

// When: nothing is asked for before a reader sees the page, so no decision grows old in a background tab.

const isShown = () => !document.hidden && !document.prerendering;

function whenShown(next) {
  if (isShown()) next();
  else unseen.push(next);
}

// One request for all slots needs the parser's end, which comes before deferred scripts and pictures. Where that is
// late, what is there is asked for, and the rest as it comes.
function start() {
  if (document.readyState !== 'loading') return begin();
  document.addEventListener('readystatechange', begin);
  setTimeout(begin, PARSER_PATIENCE);
}

function begin() {
  if (started++) return;
  remember();
  schedule();
  changes = new MutationObserver(() => { scanning ||= setTimeout(schedule, SCAN_PAUSE); });
  watch();
}

function watch() {
  changes.observe(document, {childList: true, subtree: true, attributeFilter: ['data-ad-slot', 'data-article-views']});
}

// What we put into slots, counts and lists is nothing to look for, and a browser takes time to tell us of it.
function quietly(change) {
  if (changes.takeRecords().length) schedule();
  changes.disconnect();
  guarded(change);
  watch();
}

function schedule() {
  again = asking; // what comes while we ask is looked at once the answer is there
  if (!started || asking) return;
  asking = 1;
  // An observer is told after a frame's layout. To ask for sizes earlier would make the browser lay the page out for us.
  const next = () => sight.observe(root);
  whenShown(() => ready ? ready.then(next) : next());
}

function look() {
  scanning = asking = again = 0;
  meetAll();
  isAnew = 0;
  const questions = countsWanted();
  ask(questions);
  questions.forEach(askCounts);
  place();
}

// The site's stylesheet says how ads look and which slots are to be put into which articles. Parts do the one for pages
// without it, and the other only where an article has no such slot from its template.
function place() {
  const lacking = getComputedStyle(root).getPropertyValue('--adserver-lacking');
  if (!lacking) styled ||= load('style');
  if (placing || dataset.placement === 'off' || lacking === '""') return;
  try {
    if (lacking && !document.querySelector(decodeURIComponent(lacking.slice(1, -1)))) return;
  } catch {} // a selector that the browser does not understand is for the part to complain of
  placing = load('place');
}

// A part that a page needs; nobody waits for it but the caps, which must be known before the first request.
function load(part, given) {
  return import(home + 'tag.js?part=' + part).then(module => module.default(ad, given, script)).catch(complain);
}

function withCaps() {
  return ready = load('caps').then(part => {
    caps = part || caps;
    for (const creative of capped.splice(0)) caps?.remember(creative);
  });
}

// Where nothing may be kept on the device, it is soon enough to know at the page's next request.
function remember(...creatives) {
  capped.push(...creatives);
  if (caps || dataset.consent || window.__tcfapi) withCaps();
}

function guarded(run, ...given) {
  try {
    run(...given);
  } catch (error) {
    complain(error);
  }
}

function complain(error) {
  console.warn('adserver:', error);
}

// By attributes: each of the many properties of links and pictures costs a page when it is first used.
function make(name, attributes) {
  const element = document.createElement(name);
  for (const attribute in attributes) element.setAttribute(attribute, attributes[attribute]);
  return element;
}
