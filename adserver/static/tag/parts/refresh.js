/*
Shows another ad in a slot with data-refresh="60", so many seconds after the last was viewable, while the slot is in sight
of a reader who is there. Seldom, and told to the server, which counts these impressions apart: key-value `refresh`.
*/
const SHORTEST = 30, MOST = 10; // seconds; times a page

export default (ad, element) => {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  const seconds = Math.max(SHORTEST, Number(element.dataset.refresh) || 0);
  let times = 0, isDue, isInView;
  const refresh = () => {
    const isBusy = element.contains(document.activeElement) || element.matches(':hover');
    if (!isDue || !isInView || document.hidden || isBusy) return;
    isDue = false;
    element.dataset.kvRefresh = ++times;
    ad.refresh(element);
  };
  new IntersectionObserver(entries => {
    isInView = entries.pop().isIntersecting;
    refresh();
  }, {threshold: 0.5}).observe(element);
  for (const event of ['visibilitychange', 'focusin', 'pointermove']) document.addEventListener(event, refresh);
  element.addEventListener('adserver:viewable', () => {
    if (times < MOST) setTimeout(() => { isDue = true; refresh(); }, seconds * 1000);
  });
};
