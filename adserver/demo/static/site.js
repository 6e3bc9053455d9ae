// The paper's own small conveniences; all pages work without them.
(() => {
  'use strict';
  const all = selector => document.querySelectorAll(selector);

  for (const select of all('[data-submit]')) select.addEventListener('change', () => select.form.submit());

  for (const slider of all('[data-slider]')) {
    const slides = slider.querySelector('.slides');
    const dots = [...slider.querySelectorAll('.dots a')];
    const show = number => slides.scrollTo({left: slides.clientWidth * number});
    const mark = () => {
      const current = Math.round(slides.scrollLeft / slides.clientWidth);
      dots.forEach((dot, number) => dot.toggleAttribute('data-current', number === current));
      return current;
    };
    dots.forEach((dot, number) => {
      dot.addEventListener('click', event => { event.preventDefault(); show(number); });
      dot.addEventListener('pointerenter', event => { if (event.pointerType === 'mouse') show(number); });
    });
    slides.addEventListener('scroll', mark, {passive: true});
    mark();
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const isBusy = () => document.hidden || slider.matches(':hover, :focus-within');
    if (!isCalm) setInterval(() => { if (!isBusy()) show((mark() + 1) % dots.length); }, 6000);
  }

  const text = document.querySelector('.text');
  const resize = step => {
    const size = parseFloat(getComputedStyle(text).fontSize) + step;
    text.style.fontSize = Math.min(26, Math.max(15, size)) + 'px';
  };
  for (const button of all('[data-smaller]')) button.addEventListener('click', () => resize(-1.5));
  for (const button of all('[data-larger]')) button.addEventListener('click', () => resize(1.5));
  for (const button of all('[data-share]')) {
    button.addEventListener('click', async () => {
      const address = document.querySelector('link[rel=canonical]').href;
      if (navigator.share) return navigator.share({title: document.title, url: address}).catch(() => {});
      await navigator.clipboard?.writeText(address);
      button.textContent = 'Bağlantı kopyalandı';
    });
  }
})();
