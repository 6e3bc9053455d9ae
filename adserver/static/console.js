/* Buttons that copy a text. Without this script they stay hidden, and a click selects the text. */
(() => {
  'use strict';
  const SAID_MILLISECONDS = 2000;

  for (const button of document.querySelectorAll('button[data-copy]')) {
    const source = document.getElementById(button.dataset.copy);
    const says = button.firstElementChild, usual = says.textContent;
    let timer;
    button.hidden = false;
    button.addEventListener('click', async () => {
      const done = await copied(source);
      says.textContent = done ? button.dataset.done : button.dataset.failed;
      button.classList.toggle('done', done);
      clearTimeout(timer);
      timer = setTimeout(() => {
        says.textContent = usual;
        button.classList.remove('done');
      }, SAID_MILLISECONDS);
    });
  }

  // The clipboard is closed to pages without https: there the text is selected, and copied the old way where that works.
  async function copied(source) {
    try {
      await navigator.clipboard.writeText(source.textContent);
      return true;
    } catch {
      getSelection().selectAllChildren(source);
      return document.execCommand('copy');
    }
  }
})();
