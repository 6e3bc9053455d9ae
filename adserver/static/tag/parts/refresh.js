/*
Shows another ad in a slot with data-refresh="60", so many seconds after the last was viewable, while the slot is in sight
of a reader who is there. Seldom, and told to the server, which counts these impressions apart: key-value `refresh`.
*/
const SHORTEST = 30, LONGEST = 86400, MOST = 10; // seconds; times a page

export default (ad, element) => {
  const {refresh: asked} = element.dataset;
  if (asked && !(parseFloat(asked) > 0) || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  const seconds = Math.min(LONGEST, Math.max(SHORTEST, parseFloat(asked) || 0));
  let times = 0, timer, isDue, isInView;
  const refresh = () => {
    const isBusy = element.contains(document.activeElement) || element.matches(':hover');
    if (!isDue || !isInView || document.hidden || isBusy) return;
    isDue = false;
    if (!element.querySelector('.adserver-ad')) return; // the page has destroyed the slot
    element.dataset.kvRefresh = ++times;
    ad.refresh(element);
  };
  new IntersectionObserver(entries => {
    isInView = entries.pop().isIntersecting;
    refresh();
  }, {threshold: 0.5}).observe(element);
  for (const event of ['visibilitychange', 'focusin', 'pointermove']) document.addEventListener(event, refresh);
  // The ad that is there now may be the page's own doing: what was due was due to the one before.
  const beginAnew = () => {
    clearTimeout(timer);
    isDue = false;
    delete element.dataset.kvRefresh;
  };
  for (const event of ['rendered', 'empty']) element.addEventListener('adserver:' + event, beginAnew);
  element.addEventListener('adserver:viewable', () => {
    if (times < MOST) timer = setTimeout(() => { isDue = true; refresh(); }, seconds * 1000);
  });
};
