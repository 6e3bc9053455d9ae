// Article views.

const COUNTED_WITHIN = 5000; // a counted view shows in /v1/views after the flush: 2 s, and 3 s at most
const shown = new WeakMap(); // the article whose count was put into an element

function showViews(isAnew) {
  const articleOf = element => element.dataset.articleViews || article;
  const elements = [...document.querySelectorAll('[data-article-views]')]
    .filter(element => articleOf(element) && (isAnew || shown.get(element) !== articleOf(element)));
  for (const element of elements) shown.set(element, articleOf(element));
  const articles = [...new Set(elements.map(articleOf))];
  const show = (counts, language) => {
    // As sites' languages write it: the first Intl.NumberFormat of a page takes a phone 70 ms.
    const separator = language === 'en' ? ',' : '.';
    for (const element of elements) {
      const count = counts[articleOf(element)];
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
