// Article views.

const COUNTED_WITHIN = 5000; // a counted view shows in /v1/views after the flush: 2 s, and 3 s at most
const shown = new WeakMap(); // the article whose count was put into an element

function showViews(isAnew) {
  const elements = [...document.querySelectorAll('[data-article-views]')].filter(element => {
    const id = element.dataset.articleViews || article;
    if (!id || !isAnew && shown.get(element) === id) return false;
    return shown.set(element, id);
  });
  const articles = [...new Set(elements.map(element => shown.get(element)))];
  const show = (counts, language) => {
    // As sites' languages write it: the first Intl.NumberFormat of a page takes a phone 70 ms.
    const separator = language === 'en' ? ',' : '.';
    for (const element of elements) {
      const count = counts[shown.get(element)];
      if (count !== undefined) element.textContent = String(count).replace(/\B(?=(\d{3})+$)/g, separator);
    }
  };
  while (articles.length) {
    const query = new URLSearchParams(articles.splice(0, ARTICLES_A_REQUEST).map(id => ['article', id]));
    get(`v1/views/${site}?${query}`)
      .then(answer => answer.json().then(counts => show(counts, answer.headers.get('Content-Language'))))
      .catch(complain);
  }
}
