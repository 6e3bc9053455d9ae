/* The editor's panel that switches an article's ads off. */
(function (wp, texts) {
  'use strict';
  const el = wp.element.createElement;
  // WordPress 6.6 has moved it.
  const DocumentPanel = wp.editor.PluginDocumentSettingPanel || wp.editPost.PluginDocumentSettingPanel;

  function Panel() {
    const type = wp.data.useSelect(function (select) { return select('core/editor').getCurrentPostType(); }, []);
    const [meta, setMeta] = wp.coreData.useEntityProp('postType', type, 'meta');
    if (!meta || !(texts.key in meta)) return null;
    return el(DocumentPanel, {name: 'adserver', title: texts.title}, el(wp.components.ToggleControl, {
      label: texts.off, checked: Boolean(meta[texts.key]), __nextHasNoMarginBottom: true,
      onChange: function (isOff) { setMeta(Object.assign({}, meta, {[texts.key]: isOff})); },
    }));
  }

  wp.plugins.registerPlugin('adserver', {render: Panel, icon: 'megaphone'});
}(window.wp, window.adserverArticle));
