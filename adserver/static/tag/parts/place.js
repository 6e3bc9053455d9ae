/*
Puts slots into articles where the inventory asks for it: after a paragraph, or again and again. Never beside a heading, a
picture, an embed or another ad, never into a short article. So that nothing moves under the reader's eyes, a place in
sight is passed over for one further down, if the article has one.
*/
const LABEL_HEIGHT = 20; // as in style.js
const SCAN_PAUSE = 200; // milliseconds
const BESIDE_NONE = 'h1,h2,h3,h4,h5,h6,hgroup,img,picture,figure,video,audio,iframe,embed,object,canvas,svg,form,' +
  '[data-ad-slot],.adserver-ad,.twitter-tweet,.instagram-media,.fb-post,.tiktok-embed';
const NOTHING = 'script,style,link,meta,template,noscript,br'; // that a reader sees between two elements
const done = new WeakMap(); // articles, each with the slots that were placed in it and the paragraph before
let places, pausing;

export default async (ad, given, script) => {
  const text = getComputedStyle(document.documentElement).getPropertyValue('--adserver-places').trim();
  places = JSON.parse(decodeURIComponent(text ? text.slice(1, -1) : await fetched(script)));
  if (!places.length) return;
  placeAll();
  new MutationObserver(() => { pausing = pausing || setTimeout(placeAll, SCAN_PAUSE); })
    .observe(document, {childList: true, subtree: true});
};

async function fetched(script) {
  const answer = await fetch(new URL(`v1/slots/${script.dataset.site}.css`, script.src), {credentials: 'omit'});
  return /--adserver-places:"(.*?)"/.exec(await answer.text())[1] || '[]';
}

function placeAll() {
  pausing = 0;
  for (const place of places) {
    for (const article of all(place.within)) {
      const placed = done.get(article) || new Map();
      done.set(article, placed);
      if (article.contains(placed.get(place.slot)) || article.closest('[data-ad-placement=off]')) continue;
      if (article.querySelector(`[data-ad-slot="${CSS.escape(place.slot)}"]`)) continue; // the template has placed it
      const paragraphs = paragraphsOf(article);
      const below = gapsFor(paragraphs, place, isBelow);
      const gaps = below.length ? below : gapsFor(paragraphs, place, isAhead);
      if (gaps.length) placed.set(place.slot, gaps[0]);
      for (const gap of gaps) gap.after(slotOf(place));
    }
  }
}

// A selector that the browser does not understand is told once, and is then of no article.
function all(selector) {
  try {
    return document.querySelectorAll(selector);
  } catch (error) {
    console.warn('adserver:', error.message);
    places = places.filter(({within}) => within !== selector);
    return [];
  }
}

// The paragraphs of the text: those of one parent, the one that has the most. Captions, quotes and teasers are not.
function paragraphsOf(article) {
  const children = new Map();
  for (const paragraph of article.querySelectorAll('p')) {
    if (!paragraph.textContent.trim() || paragraph.closest('aside,figure,blockquote,footer,header,nav,li,td')) continue;
    children.set(paragraph.parentNode, [...children.get(paragraph.parentNode) || [], paragraph]);
  }
  return [...children.values()].reduce((most, some) => some.length > most.length ? some : most, []);
}

// The paragraphs to put a slot after. From where it is asked for, the next that may have one; counted from the end, the
// one before.
function gapsFor(paragraphs, {after, every, max = 1, least}, isFine) {
  const gaps = [];
  if (paragraphs.length < least) return gaps;
  const step = after < 0 ? -1 : 1;
  let at = after < 0 ? paragraphs.length + after : after - 1;
  while (paragraphs[at] && gaps.length < max) {
    const isFree = mayFollow(paragraphs[at]) && isFine(paragraphs[at]) && !isAlongside(paragraphs[at]);
    if (isFree) gaps.push(paragraphs[at]);
    at += isFree && every ? every : step;
  }
  return gaps;
}

function mayFollow(paragraph) {
  let next = paragraph.nextElementSibling;
  while (next && isNothing(next)) next = next.nextElementSibling;
  return [paragraph, next].every(near => !near || !near.matches(BESIDE_NONE) && !near.querySelector(BESIDE_NONE));
}

// Editors leave empty paragraphs.
function isNothing(element) {
  const isEmpty = !element.textContent.trim() && !element.querySelector(':not(br)');
  return element.matches(NOTHING) || element.matches('p') && isEmpty;
}

// A picture that floats stands beside the paragraphs after it, too.
function isAlongside(paragraph) {
  const {left, right, bottom} = paragraph.getBoundingClientRect();
  return [...paragraph.parentNode.querySelectorAll(BESIDE_NONE)].some(near => {
    const box = near.getBoundingClientRect();
    return box.top < bottom && box.bottom > bottom && box.left < right && box.right > left;
  });
}

// Whether anything was painted yet cannot be known in time: browsers tell it after the fact.
function isBelow(paragraph) {
  return paragraph.getBoundingClientRect().bottom >= innerHeight;
}

// Above the viewport not all browsers hold in place what is in it.
function isAhead(paragraph) {
  return paragraph.getBoundingClientRect().bottom >= 0;
}

function slotOf({slot, sizes, label}) {
  const element = document.createElement('div');
  element.dataset.adSlot = slot;
  const heights = sizes.filter(([width]) => width <= innerWidth).map(([, height]) => height + (label ? LABEL_HEIGHT : 0));
  element.style.cssText = `box-sizing:content-box;min-height:${Math.max(0, ...heights)}px;margin:1em 0`;
  return element;
}
